// The negative-authorization matrix: every input of steps 2, 4, 5 and 6 made wrong one at a time, over real processes.
// Each is refused at the right step with the right cause, and the register stays as it was. Border cases that a client
// cannot cause are in border_test.cc.
#include <functional>

#include "gtest/gtest.h"
#include "mcmig/v1/partner_mc_service_server.grpc.pb.h"
#include "tests/chain/start_deployment.h"
#include "tests/harness/stubs.h"

namespace mcmig::chain {
namespace {

using harness::Answer;
using harness::Deployment;
using harness::RequestOf;
using harness::TokenClaims;
using harness::User;
using v1::MigrationServiceAuthorizationRequest;

// One request and its token, well-formed and authorized until a case spoils it.
struct Attempt {
  MigrationServiceAuthorizationRequest request;
  TokenClaims claims;
  std::function<std::string(std::string)> spoil_token = [](std::string token) { return token; };
};

enum class DecidedAt { kPartnerServer, kSouthGateway, kNorthGateway, kPrimaryServer, kNobody };

struct Case {
  const char* name;
  std::function<void(Attempt&)> spoil;
  const char* outcome;  // at the client
  DecidedAt decided_at = DecidedAt::kNobody;
  const char* inside_cause = "";    // in the decision log of the process that decided
  bool by_primary_gateway = false;  // the deciding process is not there in every shape
};

void Become(Attempt& attempt, const User& user) {
  attempt.request.set_primary_mc_service_id(user.PrimaryId());
  attempt.request.set_partner_mc_service_id(user.PartnerId());
  attempt.claims.primary_id = user.PrimaryId();
  attempt.claims.partner_id = user.PartnerId();
}
void BecomeAt(Attempt& attempt, const std::string& primary_id) {
  attempt.request.set_primary_mc_service_id(primary_id);
  attempt.claims.primary_id = primary_id;
}

std::vector<Case> Cases() {
  return {
      // Malformed: the caller's fault.
      {"NoPartnerId", [](Attempt& a) { a.request.clear_partner_mc_service_id(); }, "INVALID_ARGUMENT"},
      {"NoPrimaryId", [](Attempt& a) { a.request.clear_primary_mc_service_id(); }, "INVALID_ARGUMENT"},
      {"PrimaryIdIsNoUri", [](Attempt& a) { a.request.set_primary_mc_service_id("alice"); }, "INVALID_ARGUMENT"},
      {"PrimaryIdIsTel", [](Attempt& a) { a.request.set_primary_mc_service_id("tel:+15551234"); }, "INVALID_ARGUMENT"},
      {"PrimaryIdAtIpLiteral", [](Attempt& a) { a.request.set_primary_mc_service_id("sip:a@[::1]"); },
       "INVALID_ARGUMENT"},
      {"PrimaryIdOversize",
       [](Attempt& a) { a.request.set_primary_mc_service_id("sip:" + std::string(300, 'a') + "@north.example"); },
       "INVALID_ARGUMENT"},
      {"NoIndex", [](Attempt& a) { a.request.clear_mc_service_user_profile_index(); }, "INVALID_ARGUMENT"},
      {"IndexTooLarge", [](Attempt& a) { a.request.set_mc_service_user_profile_index(256); }, "INVALID_ARGUMENT"},
      {"NoService", [](Attempt& a) { a.request.clear_mc_service(); }, "INVALID_ARGUMENT"},
      {"UnknownService", [](Attempt& a) { a.request.set_mc_service(static_cast<v1::McService>(99)); },
       "INVALID_ARGUMENT"},
      {"ShortRequestId", [](Attempt& a) { a.request.set_request_id("short"); }, "INVALID_ARGUMENT"},
      {"RequestIdWithoutTime", [](Attempt& a) { a.request.clear_issued_at(); }, "INVALID_ARGUMENT"},
      {"InsideFieldFromClient", [](Attempt& a) { a.request.set_authenticated_peer_system("south"); },
       "INVALID_ARGUMENT"},
      // Step 2.
      {"NoToken", [](Attempt& a) { a.spoil_token = [](std::string) { return ""; }; }, "FAILURE ACCESS_TOKEN_MISSING",
       DecidedAt::kPartnerServer, "ACCESS_TOKEN_MISSING"},
      {"TokenIsNoJws", [](Attempt& a) { a.spoil_token = [](std::string) { return "x.y.z"; }; },
       "FAILURE ACCESS_TOKEN_INVALID", DecidedAt::kPartnerServer, "ACCESS_TOKEN_INVALID"},
      {"TokenSignatureBroken",
       [](Attempt& a) {
         a.spoil_token = [](std::string token) {
           char& c = token[token.size() - 10];
           c = c == 'A' ? 'B' : 'A';
           return token;
         };
       },
       "FAILURE ACCESS_TOKEN_INVALID", DecidedAt::kPartnerServer, "ACCESS_TOKEN_INVALID"},
      {"TokenExpired", [](Attempt& a) { a.claims.expires_in = -absl::Minutes(1); }, "FAILURE ACCESS_TOKEN_EXPIRED",
       DecidedAt::kPartnerServer, "ACCESS_TOKEN_EXPIRED"},
      {"TokenOfAnotherPartnerId", [](Attempt& a) { a.claims.partner_id = harness::kFrank.PartnerId(); },
       "FAILURE ACCESS_TOKEN_OF_ANOTHER_USER", DecidedAt::kPartnerServer, "ACCESS_TOKEN_OF_ANOTHER_USER"},
      {"TokenOfAnotherPrimaryId", [](Attempt& a) { a.claims.primary_id = harness::kFrank.PrimaryId(); },
       "FAILURE ACCESS_TOKEN_OF_ANOTHER_USER", DecidedAt::kPartnerServer, "ACCESS_TOKEN_OF_ANOTHER_USER"},
      {"TokenOfAnotherService", [](Attempt& a) { a.claims.scope = "3gpp:mc:video_service"; },
       "FAILURE ACCESS_TOKEN_SCOPE_MISSING", DecidedAt::kPartnerServer, "ACCESS_TOKEN_SCOPE_MISSING"},
      {"VisitorNotExpected", [](Attempt& a) { Become(a, harness::kDave); }, "FAILURE VISITOR_NOT_EXPECTED",
       DecidedAt::kPartnerServer, "VISITOR_NOT_EXPECTED"},
      {"VisitorExpectedEarlier", [](Attempt& a) { Become(a, harness::kErin); }, "FAILURE VISITOR_NOT_EXPECTED",
       DecidedAt::kPartnerServer, "VISITOR_NOT_EXPECTED"},
      {"SystemWithoutAgreement", [](Attempt& a) { BecomeAt(a, "sip:alice@west.example"); }, "FAILURE NO_AGREEMENT",
       DecidedAt::kPartnerServer, "NO_AGREEMENT"},
      {"UnknownSystem", [](Attempt& a) { BecomeAt(a, "sip:alice@nowhere.example"); }, "FAILURE UNKNOWN_PRIMARY_SYSTEM",
       DecidedAt::kPartnerServer, "UNKNOWN_PRIMARY_SYSTEM"},
      {"OwnSystem", [](Attempt& a) { BecomeAt(a, "sip:alice@south.example"); }, "FAILURE OWN_SYSTEM",
       DecidedAt::kPartnerServer, "OWN_SYSTEM"},
      // Step 5.
      {"NoServerForUser", [](Attempt& a) { Become(a, harness::kGrace); }, "FAILURE NOT_AUTHORIZED_BY_PRIMARY",
       DecidedAt::kNorthGateway, "NO_SERVER_FOR_USER", true},
      // Step 6.
      {"UserUnknown", [](Attempt& a) { Become(a, harness::kCarol); }, "FAILURE NOT_AUTHORIZED_BY_PRIMARY",
       DecidedAt::kPrimaryServer, "USER_UNKNOWN"},
      {"UserDisabled", [](Attempt& a) { Become(a, harness::kBob); }, "FAILURE NOT_AUTHORIZED_BY_PRIMARY",
       DecidedAt::kPrimaryServer, "USER_DISABLED"},
      {"ProfileUnknown", [](Attempt& a) { a.request.set_mc_service_user_profile_index(9); },
       "FAILURE NOT_AUTHORIZED_BY_PRIMARY", DecidedAt::kPrimaryServer, "PROFILE_UNKNOWN"},
      {"ProfileDisabled", [](Attempt& a) { a.request.set_mc_service_user_profile_index(3); },
       "FAILURE NOT_AUTHORIZED_BY_PRIMARY", DecidedAt::kPrimaryServer, "PROFILE_DISABLED"},
      {"ProfileNotValidForPartner", [](Attempt& a) { a.request.set_mc_service_user_profile_index(2); },
       "FAILURE NOT_AUTHORIZED_BY_PRIMARY", DecidedAt::kPrimaryServer, "PROFILE_NOT_VALID_FOR_PARTNER"},
      // Step 7.
      {"IssuedTooLongAgo",
       [](Attempt& a) {
         a.request.mutable_issued_at()->set_seconds(absl::ToUnixSeconds(absl::Now() - absl::Hours(1)));
       },
       "FAILURE STALE_REQUEST", DecidedAt::kPrimaryServer, "STALE_REQUEST"},
      {"IssuedInTheFuture",
       [](Attempt& a) {
         a.request.mutable_issued_at()->set_seconds(absl::ToUnixSeconds(absl::Now() + absl::Hours(1)));
       },
       "FAILURE STALE_REQUEST", DecidedAt::kPrimaryServer, "STALE_REQUEST"},
  };
}

class NegativeAuthorizationTest : public testing::TestWithParam<harness::Shape> {
 protected:
  Answer Try(const Attempt& attempt) {
    return harness::Ask<v1::PartnerMcServiceServer>(client_, attempt.request,
                                                    attempt.spoil_token(deployment_->Token(attempt.claims)));
  }
  const harness::Process* ProcessOf(DecidedAt place) const {
    switch (place) {
      case DecidedAt::kPartnerServer:
        return deployment_->partner_server.get();
      case DecidedAt::kSouthGateway:
        return deployment_->south_gateway.get();
      case DecidedAt::kNorthGateway:
        return deployment_->north_gateway.get();
      case DecidedAt::kPrimaryServer:
        return deployment_->primary_server_a.get();
      case DecidedAt::kNobody:
        return nullptr;
    }
    return nullptr;
  }
  void SetUp() override {
    deployment_ = StartDeployment("matrix", {.shape = GetParam()});
    client_ = harness::Connect(deployment_->partner_server->Address("client"), harness::kPartnerServer,
                               deployment_->south, &deployment_->north.Issue(harness::kClient));
    primary_ = harness::Connect(deployment_->primary_server_a->Address("operators"), harness::kPrimaryServerA,
                                deployment_->north, &deployment_->north.Issue(harness::kNorthOperator));
    partner_ = harness::Connect(deployment_->partner_server->Address("operators"), harness::kPartnerServer,
                                deployment_->south, &deployment_->south.Issue(harness::kSouthOperator));
  }

  std::unique_ptr<Deployment> deployment_;
  std::shared_ptr<grpc::Channel> client_;
  std::shared_ptr<grpc::Channel> primary_;
  std::shared_ptr<grpc::Channel> partner_;
};

TEST_P(NegativeAuthorizationTest, EveryWrongInputIsRefusedAtItsStepAndChangesNothing) {
  const harness::Shape shape = GetParam();
  for (const Case& c : Cases()) {
    if (c.by_primary_gateway && !shape.primary_gateway) continue;
    SCOPED_TRACE(c.name);
    Attempt attempt{.request = RequestOf(harness::kAlice),
                    .claims = {.partner_id = harness::kAlice.PartnerId(), .primary_id = harness::kAlice.PrimaryId()}};
    c.spoil(attempt);
    const Answer answer = Try(attempt);
    EXPECT_EQ(answer.Outcome(), c.outcome) << answer.status.error_message();
    if (answer.status.ok()) {
      EXPECT_EQ(answer.response.partner_mc_service_id(), attempt.request.partner_mc_service_id());
      EXPECT_EQ(answer.response.primary_mc_service_id(), attempt.request.primary_mc_service_id());
    }
    const harness::Process* process = ProcessOf(c.decided_at);
    if (process != nullptr) {
      const auto decisions = harness::DecisionsOf(*process, attempt.request.request_id());
      ASSERT_EQ(decisions.size(), 1);
      EXPECT_EQ(harness::Field(decisions[0], "cause"), c.inside_cause) << decisions[0];
    }
  }
  EXPECT_TRUE(harness::RecordsOf(primary_).empty());
  EXPECT_TRUE(harness::VisitorsOf(partner_).empty());
}

TEST_P(NegativeAuthorizationTest, RefusalsLeaveAnEarlierMigrationAsItWas) {
  Attempt good{.request = RequestOf(harness::kAlice),
               .claims = {.partner_id = harness::kAlice.PartnerId(), .primary_id = harness::kAlice.PrimaryId()}};
  ASSERT_EQ(Try(good).Outcome(), "SUCCESS");
  const std::string before = harness::RecordsOf(primary_).at(harness::kAlice.PrimaryId()).SerializeAsString();
  Attempt replayed = good;
  replayed.request.set_mc_service_user_profile_index(0);
  EXPECT_EQ(Try(replayed).Outcome(), "FAILURE REPLAYED");
  Attempt disabled = good;
  disabled.request = RequestOf(harness::kAlice, 3);
  EXPECT_EQ(Try(disabled).Outcome(), "FAILURE NOT_AUTHORIZED_BY_PRIMARY");
  EXPECT_EQ(harness::RecordsOf(primary_).at(harness::kAlice.PrimaryId()).SerializeAsString(), before);
}

INSTANTIATE_TEST_SUITE_P(Shapes, NegativeAuthorizationTest,
                         testing::Values(harness::kBothGateways, harness::Shape{true, false},
                                         harness::Shape{false, true}, harness::kDirect),
                         [](const auto& info) {
                           return std::string(info.param.partner_gateway ? "Gateway" : "Server") + "To" +
                                  (info.param.primary_gateway ? "Gateway" : "Server");
                         });

}  // namespace
}  // namespace mcmig::chain
