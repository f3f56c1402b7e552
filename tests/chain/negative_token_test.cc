// Tokens in each other's place, and their times around the leeway, over real processes in all four path shapes: at both
// servers, and through both gateways. Each is signed by the very key that its place trusts, and has the claims of all
// kinds, so that only its type and its times count.
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "common/token/grant.h"
#include "common/token/primary_credential_verifier.h"
#include "gtest/gtest.h"
#include "mcmig/v1/partner_mc_service_server.grpc.pb.h"
#include "mcmig/v1/primary_mc_service_server.grpc.pb.h"
#include "nlohmann/json.hpp"
#include "tests/chain/start_deployment.h"
#include "tests/devtools/signer.h"
#include "tests/harness/stubs.h"

namespace mcmig::chain {
namespace {

using devtools::Signer;
using harness::kAlice;
using Json = nlohmann::json;

// Of the harness' configuration, at both servers.
constexpr absl::Duration kLeeway = absl::Seconds(5);
// Time enough for a call, and less than the leeway.
constexpr absl::Duration kInside = absl::Seconds(2);

const std::string kAccessTokenTypes[] = {"", "JWT", "at+jwt"};
const std::string kCredentialType(token::kPrimaryCredentialType);
const std::string kOtherTypes[] = {std::string(token::kGrantType), std::string(token::kCancelType), "mcmig-bundle+jwt",
                                   "JOSE", "nonsense"};

class NegativeTokenTest : public ::testing::TestWithParam<harness::Shape> {
 protected:
  // What an access token of south, one of north and a primary credential say of alice.
  static Json Claims(const std::string& mcptt_id) {
    static int made = 0;
    const int64_t now = absl::ToUnixSeconds(absl::Now());
    return {{"iss", "https://id.north.example"},
            {"aud", {"south"}},
            {"iat", now},
            {"exp", now + 600},
            {"jti", absl::StrCat("token-", ++made)},
            {"mcptt_id", mcptt_id},
            {"mcmig_primary_id", kAlice.PrimaryId()},
            {"client_id", "mcptt-client"},
            {"scope", "3gpp:mc:ptt_service"}};
  }
  static std::string Sign(const Signer& signer, const std::string& type, const Json& claims) {
    Json header = signer.Header();
    type.empty() ? void(header.erase("typ")) : void(header["typ"] = type);
    return *signer.SignCompact(header.dump(), claims.dump());
  }
  static Json WithTime(Json claims, const char* name, absl::Duration from_now) {
    claims[name] = absl::ToUnixSeconds(absl::Now() + from_now);
    return claims;
  }
  [[nodiscard]] Json AccessClaims() const { return Claims(kAlice.PartnerId()); }
  [[nodiscard]] Json HomeClaims() const { return Claims(kAlice.PrimaryId()); }
  [[nodiscard]] std::string Access(const Json& claims, const std::string& type = "JWT") const {
    return Sign(deployment_->token_key, type, claims);
  }
  [[nodiscard]] std::string Credential(const Json& claims, const std::string& type = kCredentialType) const {
    return Sign(deployment_->home_token_key, type, claims);
  }

  std::string Migrate(const std::string& access_token, const std::string& credential) {
    auto request = harness::RequestOf(kAlice);
    request.set_primary_credential(credential);
    const harness::Answer answer = harness::Ask<v1::PartnerMcServiceServer>(client_, request, access_token);
    const auto& at = answer.Outcome() == "FAILURE NOT_AUTHORIZED_BY_PRIMARY" ? deployment_->primary_server_a
                                                                             : deployment_->partner_server;
    const auto decisions = harness::DecisionsOf(*at, request.request_id());
    rule_ = decisions.empty() ? "" : harness::Field(decisions.back(), "rule");
    return answer.Outcome();
  }
  std::string MigrateWithAccess(const std::string& access_token) {
    return Migrate(access_token, Credential(HomeClaims()));
  }
  std::string MigrateWithCredential(const std::string& credential) {
    return Migrate(Access(AccessClaims()), credential);
  }
  // The cause of a refusal; "SUCCESS".
  std::string ServeAtHome(const std::string& token) {
    v1::ServiceAuthorizationRequest request;
    request.set_primary_mc_service_id(kAlice.PrimaryId());
    request.set_mc_service(v1::MC_SERVICE_MCPTT);
    grpc::ClientContext context;
    context.set_deadline(absl::ToChronoTime(absl::Now() + absl::Seconds(20)));
    context.AddMetadata("authorization", "Bearer " + token);
    v1::ServiceAuthorizationResponse response;
    const grpc::Status status =
        v1::PrimaryMcServiceServer::NewStub(home_)->AuthorizeService(&context, request, &response);
    EXPECT_TRUE(status.ok()) << status.error_message();
    if (response.result() == v1::SERVICE_AUTHORIZATION_RESULT_SUCCESS) return "SUCCESS";
    return v1::RefusalCause_Name(response.refusal_cause());
  }

  std::unique_ptr<harness::Deployment> deployment_ =
      StartDeployment(absl::StrCat("negative-token-", ::testing::UnitTest::GetInstance()->current_test_info()->name()),
                      {.shape = GetParam(), .require_primary_credential = true});
  std::shared_ptr<grpc::Channel> client_ =
      harness::Connect(deployment_->partner_server->Address("client"), harness::kPartnerServer, deployment_->south,
                       &deployment_->north.Issue(harness::kClient));
  std::shared_ptr<grpc::Channel> home_ =
      harness::Connect(deployment_->primary_server_a->Address("client"), harness::kPrimaryServerA, deployment_->north,
                       &deployment_->north.Issue(harness::kClient));
  std::string rule_;
};

TEST_P(NegativeTokenTest, NoTokenPassesInThePlaceOfAnother) {
  std::vector<std::string> others(std::begin(kOtherTypes), std::end(kOtherTypes));
  others.push_back(kCredentialType);
  for (const std::string& type : others) {
    EXPECT_EQ(MigrateWithAccess(Access(AccessClaims(), type)), "FAILURE ACCESS_TOKEN_INVALID") << type;
    EXPECT_EQ(rule_, "access_token.valid") << type;
    EXPECT_EQ(ServeAtHome(Credential(HomeClaims(), type)), "REFUSAL_CAUSE_ACCESS_TOKEN_INVALID") << type;
  }
  others.pop_back();
  others.insert(others.end(), std::begin(kAccessTokenTypes), std::end(kAccessTokenTypes));
  for (const std::string& type : others) {
    EXPECT_EQ(MigrateWithCredential(Credential(HomeClaims(), type)), "FAILURE NOT_AUTHORIZED_BY_PRIMARY") << type;
    EXPECT_EQ(rule_, "step6.primary_credential_valid") << type;
  }
  // The keys of one place in another.
  EXPECT_EQ(MigrateWithAccess(Sign(deployment_->home_token_key, "JWT", AccessClaims())),
            "FAILURE ACCESS_TOKEN_INVALID");
  EXPECT_EQ(MigrateWithAccess(Sign(deployment_->grant_key, "JWT", AccessClaims())), "FAILURE ACCESS_TOKEN_INVALID");
  EXPECT_EQ(MigrateWithCredential(Sign(deployment_->token_key, kCredentialType, HomeClaims())),
            "FAILURE NOT_AUTHORIZED_BY_PRIMARY");
  EXPECT_EQ(MigrateWithCredential(Sign(deployment_->grant_key, kCredentialType, HomeClaims())),
            "FAILURE NOT_AUTHORIZED_BY_PRIMARY");
  EXPECT_EQ(ServeAtHome(Access(HomeClaims())), "REFUSAL_CAUSE_ACCESS_TOKEN_INVALID");
  // Nothing but these was wrong.
  for (const std::string& type : kAccessTokenTypes) {
    EXPECT_EQ(ServeAtHome(Credential(HomeClaims(), type)), "SUCCESS") << type;
  }
  for (const std::string& type : kAccessTokenTypes) {
    EXPECT_EQ(MigrateWithAccess(Access(AccessClaims(), type)), "SUCCESS") << type;
  }
}

TEST_P(NegativeTokenTest, EachTimeCountsUpToTheLeeway) {
  struct Case {
    const char* claim;
    absl::Duration inside;
    absl::Duration outside;
  };
  const Case ends{"exp", -kLeeway + kInside, -kLeeway - kInside};
  const Case begins{"nbf", kLeeway - kInside, absl::Minutes(1)};
  const Case issued{"iat", kLeeway - kInside, absl::Minutes(1)};
  for (const Case& each : {ends, begins}) {
    SCOPED_TRACE(each.claim);
    EXPECT_EQ(MigrateWithAccess(Access(WithTime(AccessClaims(), each.claim, each.inside))), "SUCCESS");
    EXPECT_EQ(MigrateWithAccess(Access(WithTime(AccessClaims(), each.claim, each.outside))),
              "FAILURE ACCESS_TOKEN_EXPIRED");
    EXPECT_EQ(rule_, each.claim == ends.claim ? "access_token.not_expired" : "access_token.not_before");
  }
  for (const Case& each : {ends, begins, issued}) {
    SCOPED_TRACE(each.claim);
    EXPECT_EQ(MigrateWithCredential(Credential(WithTime(HomeClaims(), each.claim, each.inside))), "SUCCESS");
    EXPECT_EQ(MigrateWithCredential(Credential(WithTime(HomeClaims(), each.claim, each.outside))),
              "FAILURE NOT_AUTHORIZED_BY_PRIMARY");
    EXPECT_EQ(rule_, each.claim == ends.claim ? "step6.primary_credential_not_expired"
                                              : "step6.primary_credential_not_before");
  }
}

INSTANTIATE_TEST_SUITE_P(Shapes, NegativeTokenTest,
                         ::testing::Values(harness::kBothGateways, harness::Shape{true, false},
                                           harness::Shape{false, true}, harness::kDirect),
                         [](const auto& info) {
                           return std::string(info.param.partner_gateway ? "Gateway" : "Server") + "To" +
                                  (info.param.primary_gateway ? "Gateway" : "Server");
                         });

}  // namespace
}  // namespace mcmig::chain
