// The primary credential over real processes, in all four path shapes: whatever is wrong with it, and whoever shows it,
// nobody is migrated. What can be wrong in the token itself is in the tests of common/token.
#include <functional>
#include <string>
#include <vector>

#include "gtest/gtest.h"
#include "mcmig/v1/partner_mc_service_server.grpc.pb.h"
#include "mcmig/v1/primary_mc_gateway_server.grpc.pb.h"
#include "mcmig/v1/primary_mc_service_server.grpc.pb.h"
#include "tests/chain/start_deployment.h"
#include "tests/harness/stubs.h"

namespace mcmig::chain {
namespace {

using harness::Answer;
using harness::CredentialClaims;
using harness::Deployment;
using harness::kAlice;
using harness::RequestOf;
using v1::MigrationServiceAuthorizationRequest;

constexpr char kRefused[] = "FAILURE NOT_AUTHORIZED_BY_PRIMARY";

class NegativeCredentialTest : public ::testing::TestWithParam<harness::Shape> {
 protected:
  [[nodiscard]] std::string Right() const { return deployment_->PrimaryCredential({.primary_id = kAlice.PrimaryId()}); }
  // As a client of alice.
  Answer AskWith(const std::string& credential) {
    MigrationServiceAuthorizationRequest request = RequestOf(kAlice);
    request.set_primary_credential(credential);
    return Ask(request);
  }
  Answer Ask(const MigrationServiceAuthorizationRequest& request) {
    return harness::Ask<v1::PartnerMcServiceServer>(client_, request, deployment_->TokenOf(kAlice));
  }
  [[nodiscard]] std::string RuleAtPrimary(const Answer& answer) const {
    const auto decisions = harness::DecisionsOf(*deployment_->primary_server_a, answer.response.request_id());
    return decisions.empty() ? "" : harness::Field(decisions.back(), "rule");
  }
  // As south's border itself, which may say anything.
  Answer AskAsPeer(const MigrationServiceAuthorizationRequest& request) {
    const bool gateway = GetParam().primary_gateway;
    const auto channel = harness::Connect(
        (gateway ? deployment_->north_gateway : deployment_->primary_server_a)->Address("outside"),
        gateway ? harness::kNorthGateway : harness::kPrimaryServerA, deployment_->north,
        &deployment_->south.Issue(GetParam().partner_gateway ? harness::kSouthGateway : harness::kPartnerServer));
    return gateway ? harness::Ask<v1::PrimaryMcGatewayServer>(channel, request)
                   : harness::Ask<v1::PrimaryMcServiceServer>(channel, request);
  }
  [[nodiscard]] bool Recorded() const {
    const std::string list = deployment_->AtPrimary({"migrations", "list", "--json"}).out;
    return list.find("MIGRATION_STATE_MIGRATED") != std::string::npos;
  }

  std::unique_ptr<Deployment> deployment_ =
      StartDeployment("negative-credential", {.shape = GetParam(), .require_primary_credential = true});
  std::shared_ptr<grpc::Channel> client_ =
      harness::Connect(deployment_->partner_server->Address("client"), harness::kPartnerServer, deployment_->south,
                       &deployment_->north.Issue(harness::kClient));
};

TEST_P(NegativeCredentialTest, WhateverIsWrongWithItMigratesNobody) {
  struct Case {
    const char* name;
    std::string credential;
    const char* rule;
  };
  const CredentialClaims right{.primary_id = kAlice.PrimaryId()};
  const auto with = [&](const std::function<void(CredentialClaims&)>& change) {
    CredentialClaims claims = right;
    change(claims);
    return deployment_->PrimaryCredential(claims);
  };
  const std::vector<Case> cases = {
      {"none", "", "step6.primary_credential_present"},
      {"no token", "no token", "step6.primary_credential_valid"},
      {"for another partner", with([](auto& c) { c.audience = "west"; }), "step6.primary_credential_valid"},
      {"of another issuer", with([](auto& c) { c.issuer = "https://id.south.example"; }),
       "step6.primary_credential_valid"},
      {"of another user", with([](auto& c) { c.primary_id = harness::kBob.PrimaryId(); }),
       "step6.primary_credential_names_user"},
      {"for another profile", with([](auto& c) { c.profile_index = 2; }), "step6.primary_credential_names_profile"},
      {"expired", with([](auto& c) { c.expires_in = -absl::Minutes(1); }), "step6.primary_credential_not_expired"},
      {"too long", with([](auto& c) { c.expires_in = absl::Hours(2); }), "step6.primary_credential_lifetime"},
      {"an access token at home", deployment_->HomeTokenOf(kAlice), "step6.primary_credential_valid"},
      {"the partner's access token", deployment_->TokenOf(kAlice), "step6.primary_credential_valid"},
  };
  for (const Case& each : cases) {
    SCOPED_TRACE(each.name);
    const Answer answer = AskWith(each.credential);
    EXPECT_EQ(answer.Outcome(), kRefused);
    EXPECT_EQ(RuleAtPrimary(answer), each.rule);
  }
  EXPECT_EQ(AskWith(std::string(8 * 1024 + 1, 'x')).Outcome(), "INVALID_ARGUMENT");
  EXPECT_FALSE(Recorded());
  EXPECT_EQ(AskWith(Right()).Outcome(), "SUCCESS");
}

TEST_P(NegativeCredentialTest, IsGoodForOneRequest) {
  MigrationServiceAuthorizationRequest request = RequestOf(kAlice);
  request.set_primary_credential(Right());
  const Answer first = Ask(request);
  ASSERT_EQ(first.Outcome(), "SUCCESS");
  const Answer again = Ask(request);
  EXPECT_EQ(again.Outcome(), "SUCCESS");
  EXPECT_EQ(again.response.epoch().counter(), first.response.epoch().counter());
  EXPECT_EQ(AskWith(request.primary_credential()).Outcome(), "FAILURE REPLAYED");
}

// The partner MC system kept everything that it saw, and asks again once the user is at home.
TEST_P(NegativeCredentialTest, UsedOneBringsNobodyBackWhoWentHome) {
  MigrationServiceAuthorizationRequest request = RequestOf(kAlice);
  request.set_primary_credential(Right());
  ASSERT_EQ(Ask(request).Outcome(), "SUCCESS");
  ASSERT_EQ(
      deployment_->AtPrimary({"migrations", "revoke", "--id", kAlice.PrimaryId(), "--service", "MCPTT"}).exit_code, 0);
  EXPECT_EQ(AskAsPeer(request).Outcome(), "FAILURE SUPERSEDED");
  MigrationServiceAuthorizationRequest forged = RequestOf(kAlice);
  EXPECT_EQ(AskAsPeer(forged).Outcome(), kRefused);
  forged.set_primary_credential(request.primary_credential());
  EXPECT_EQ(AskAsPeer(forged).Outcome(), "FAILURE REPLAYED");
  EXPECT_FALSE(Recorded());
  // It survives the process.
  ASSERT_TRUE(deployment_->KillAndRestartPrimaryServer().ok());
  // North's gateway may have to connect anew first.
  const absl::Time until = absl::Now() + absl::Seconds(30);
  std::string outcome;
  do {
    outcome = AskAsPeer(forged).Outcome();
  } while (outcome == "UNAVAILABLE" && absl::Now() < until);
  EXPECT_EQ(outcome, "FAILURE REPLAYED");
}

TEST_P(NegativeCredentialTest, TheClientAgentSendsTheApplicationsCredential) {
  EXPECT_EQ(deployment_->Migrate(kAlice, 1).exit_code, 0);
  EXPECT_TRUE(Recorded());
}

INSTANTIATE_TEST_SUITE_P(Shapes, NegativeCredentialTest,
                         ::testing::Values(harness::kBothGateways, harness::Shape{true, false},
                                           harness::Shape{false, true}, harness::kDirect),
                         [](const auto& info) {
                           return std::string(info.param.partner_gateway ? "Gateway" : "Server") + "To" +
                                  (info.param.primary_gateway ? "Gateway" : "Server");
                         });

}  // namespace
}  // namespace mcmig::chain
