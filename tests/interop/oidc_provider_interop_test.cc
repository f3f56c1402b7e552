// The tokens and the credential come from identity management servers that are no part of this project: two
// oidc-providers, asked as a user's client asks them. Skipped, with the reason, where they cannot run.
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "gtest/gtest.h"
#include "mcmig/v1/partner_mc_service_server.grpc.pb.h"
#include "mcmig/v1/primary_mc_service_server.grpc.pb.h"
#include "tests/harness/stubs.h"
#include "tests/interop/interop_fixture.h"
#include "tests/metrics/scrape.h"

namespace mcmig::interop {
namespace {

using harness::kAlice;
using harness::kBob;
using metrics::Eventually;
constexpr char kRefusedByPrimary[] = "FAILURE NOT_AUTHORIZED_BY_PRIMARY";
constexpr char kInvalidToken[] = "FAILURE ACCESS_TOKEN_INVALID";

class OidcProviderInteropTest : public InteropTest {
 protected:
  // For service at home, as a device of alice's.
  [[nodiscard]] v1::ServiceAuthorizationResponse AskAtHome(const std::string& token) const {
    const auto channel = harness::Connect(deployment_->primary_server_a->Address("client"), harness::kPrimaryServerA,
                                          deployment_->north, &deployment_->north.Issue(harness::kClient));
    v1::ServiceAuthorizationRequest request;
    request.set_primary_mc_service_id(kAlice.PrimaryId());
    request.set_mc_service(v1::MC_SERVICE_MCPTT);
    grpc::ClientContext context;
    context.set_deadline(absl::ToChronoTime(absl::Now() + absl::Seconds(20)));
    context.AddMetadata("authorization", "Bearer " + token);
    v1::ServiceAuthorizationResponse response;
    const grpc::Status status =
        v1::PrimaryMcServiceServer::NewStub(channel)->AuthorizeService(&context, request, &response);
    EXPECT_TRUE(status.ok()) << status.error_message();
    return response;
  }
  [[nodiscard]] std::string RuleAtPrimary(const harness::Answer& answer) const {
    const auto decisions = harness::DecisionsOf(*deployment_->primary_server_a, answer.response.request_id());
    return decisions.empty() ? "" : harness::Field(decisions.back(), "rule");
  }
};

TEST_F(OidcProviderInteropTest, AUserMigratesThroughTheClientAgent) {
  const Tokens tokens = TokensOf(kAlice);
  harness::WriteFile(directory_ + "/alice.token", tokens.partner);
  const std::string credential_file = directory_ + "/alice.credential";
  harness::WriteFile(credential_file, tokens.credential);
  const harness::CommandResult migrated =
      deployment_->Run({"migrate", "--user", kAlice.PrimaryId(), "--partner", "south", "--service", "MCPTT",
                        "--profile-index", "1", "--primary-credential-file", credential_file},
                       deployment_->client_agent->Address("client"), harness::kClient,
                       deployment_->north.Issue(harness::kApplication), deployment_->north);
  EXPECT_EQ(migrated.exit_code, 0) << migrated.out << migrated.err;
  EXPECT_TRUE(absl::StrContains(Migrations(), "MIGRATION_STATE_MIGRATED"));
  EXPECT_TRUE(absl::StrContains(deployment_->AtPartner({"visitors", "list", "--json"}).out, kAlice.PartnerId()));
  EXPECT_EQ(deployment_->VerifyBoth().exit_code, 0);
}

TEST_F(OidcProviderInteropTest, NegativeATokenInThePlaceOfAnotherMigratesNobody) {
  const Tokens alice = TokensOf(kAlice);
  const Tokens bob = TokensOf(kBob);
  struct Case {
    const char* name;
    std::string token;
    std::string credential;
    std::string outcome;
    std::string rule;  // at the primary, where it came so far
  };
  const std::string credential_valid = "step6.primary_credential_valid";
  const std::vector<Case> cases = {
      {"the primary's access token", alice.home, alice.credential, kInvalidToken, ""},
      {"the security token as access token", alice.security, alice.credential, kInvalidToken, ""},
      {"the credential as access token", alice.credential, alice.credential, kInvalidToken, ""},
      {"another user's access token", bob.partner, alice.credential, "FAILURE ACCESS_TOKEN_OF_ANOTHER_USER", ""},
      {"no credential", alice.partner, "", kRefusedByPrimary, "step6.primary_credential_present"},
      {"the partner's access token as credential", alice.partner, alice.partner, kRefusedByPrimary, credential_valid},
      {"the primary's access token as credential", alice.partner, alice.home, kRefusedByPrimary, credential_valid},
      {"the security token as credential", alice.partner, alice.security, kRefusedByPrimary, credential_valid},
      {"another user's credential", alice.partner, bob.credential, kRefusedByPrimary,
       "step6.primary_credential_names_user"},
  };
  for (const Case& each : cases) {
    SCOPED_TRACE(each.name);
    const harness::Answer answer = Ask(kAlice, each.token, each.credential);
    EXPECT_EQ(answer.Outcome(), each.outcome);
    if (!each.rule.empty()) EXPECT_EQ(RuleAtPrimary(answer), each.rule);
  }
  // Nor does one identity management server take them for what they are not.
  EXPECT_EQ(servers_->PartnerToken(alice.home).status().code(), absl::StatusCode::kPermissionDenied);
  EXPECT_EQ(servers_->PartnerToken(alice.credential).status().code(), absl::StatusCode::kPermissionDenied);
  EXPECT_EQ(servers_->SecurityToken(alice.partner).status().code(), absl::StatusCode::kPermissionDenied);
  EXPECT_EQ(servers_->PrimaryCredential(alice.security).status().code(), absl::StatusCode::kPermissionDenied);
  EXPECT_FALSE(absl::StrContains(Migrations(), "MIGRATION_STATE_MIGRATED"));
  EXPECT_EQ(Ask(kAlice, alice.partner, alice.credential).Outcome(), "SUCCESS");
  EXPECT_EQ(Ask(kAlice, alice.partner, alice.credential).Outcome(), "FAILURE REPLAYED");
}

// All are signed by the key that also signs the access tokens there.
TEST_F(OidcProviderInteropTest, NegativeOnlyTheAccessTokenIsOneAtHome) {
  const Tokens tokens = TokensOf(kAlice);
  EXPECT_EQ(AskAtHome(tokens.security).refusal_cause(), v1::REFUSAL_CAUSE_ACCESS_TOKEN_SCOPE_MISSING);
  EXPECT_EQ(AskAtHome(tokens.credential).refusal_cause(), v1::REFUSAL_CAUSE_ACCESS_TOKEN_INVALID);
  EXPECT_EQ(AskAtHome(tokens.partner).refusal_cause(), v1::REFUSAL_CAUSE_ACCESS_TOKEN_INVALID);
  EXPECT_EQ(AskAtHome(tokens.home).result(), v1::SERVICE_AUTHORIZATION_RESULT_SUCCESS);
}

TEST_F(OidcProviderInteropTest, NegativeAnExpiredTokenMigratesNobody) {
  const Tokens tokens = TokensOf(kAlice);
  const absl::StatusOr<std::string> brief = servers_->PartnerToken(tokens.security, "mcptt-client-brief");
  ASSERT_TRUE(brief.ok()) << brief.status();
  // Without a credential, so that a token that is still good does not migrate anybody.
  std::string outcome = Ask(kAlice, *brief, "").Outcome();
  EXPECT_EQ(outcome, kRefusedByPrimary);
  EXPECT_TRUE(Eventually([&] { return (outcome = Ask(kAlice, *brief, "").Outcome()) != kRefusedByPrimary; }));
  EXPECT_EQ(outcome, "FAILURE ACCESS_TOKEN_EXPIRED");
  EXPECT_EQ(Ask(kAlice, *brief, tokens.credential).Outcome(), "FAILURE ACCESS_TOKEN_EXPIRED");
  EXPECT_FALSE(absl::StrContains(Migrations(), "MIGRATION_STATE_MIGRATED"));
}

}  // namespace
}  // namespace mcmig::interop
