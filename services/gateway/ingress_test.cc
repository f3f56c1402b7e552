#include "services/gateway/ingress.h"

#include "gtest/gtest.h"
#include "services/testing/systems.h"

namespace mcmig::gateway {
namespace {

using protocol::AuthorizationRequest;
using protocol::Cause;

class CheckIngressTest : public ::testing::Test {
 protected:
  CheckIngressTest() {
    config::v1::ServerAssignment& entry = *config_.add_assignments();
    entry.set_service(config::v1::MCPTT);
    entry.add_mc_service_ids("sip:carol@north.example");
    config_.add_assignments()->set_service(config::v1::MCPTT);
    config_.mutable_assignments(1)->add_mc_service_ids(testing::kAlice);
  }
  absl::StatusOr<Ingress> Check(const char* peer) {
    return CheckIngress(*testing::MakeSystems(table_), *Assignments::Create(config_.assignments()), peer, request_);
  }
  Cause CauseOf(const absl::StatusOr<Ingress>& ingress) {
    EXPECT_TRUE(ingress.ok()) << ingress.status();
    return ingress.ok() ? ingress->decision.cause : Cause::kNone;
  }

  config::v1::SystemTable table_ = testing::SystemsAt("north");
  config::v1::GatewayConfig config_;
  AuthorizationRequest request_ = testing::AliceToSouth();
};

TEST_F(CheckIngressTest, ARequestGoesToTheServerAssignedToTheUser) {
  const absl::StatusOr<Ingress> ingress = Check("south");
  ASSERT_TRUE(ingress.ok());
  EXPECT_EQ(ingress->decision.cause, Cause::kNone);
  EXPECT_EQ(ingress->server, 1U);
}

TEST_F(CheckIngressTest, APeerThatClaimsAnotherSystemsVisitorIsRefused) {
  EXPECT_EQ(Check("east").status().code(), absl::StatusCode::kPermissionDenied);
  EXPECT_EQ(Check("west").status().code(), absl::StatusCode::kPermissionDenied);
}

TEST_F(CheckIngressTest, TheOwnSystemIsNoPeer) {
  request_.partner_mc_service_id = testing::Id("sip:visitor1@north.example");
  EXPECT_EQ(Check("north").status().code(), absl::StatusCode::kPermissionDenied);
}

TEST_F(CheckIngressTest, UsersOfOtherSystemsAreNotHere) {
  for (const char* id : {"sip:alice@east.example", "sip:alice@west.example", "sip:alice@south.example"}) {
    request_.primary_mc_service_id = testing::Id(id);
    EXPECT_EQ(CauseOf(Check("south")), Cause::kNotAUserOfThisSystem) << id;
  }
}

TEST_F(CheckIngressTest, WithoutAnAgreementForTheServiceNobodyGoes) {
  request_.service = protocol::McService::kMcdata;
  EXPECT_EQ(CauseOf(Check("south")), Cause::kNoAgreement);
}

TEST_F(CheckIngressTest, AnAgreementInTheOtherDirectionIsNone) {
  config::v1::Agreement& agreement = *testing::SystemIn(table_, "south").mutable_agreement();
  agreement.clear_own_users_to();
  agreement.add_visitors_from(config::v1::MCPTT);
  EXPECT_EQ(CauseOf(Check("south")), Cause::kNoAgreement);
}

TEST_F(CheckIngressTest, AUserWithoutAServerIsRefused) {
  request_.primary_mc_service_id = testing::Id("sip:bob@north.example");
  EXPECT_EQ(CauseOf(Check("south")), Cause::kNoServerForUser);
  request_.primary_mc_service_id = testing::Id(testing::kAlice);
  request_.service = protocol::McService::kMcvideo;
  EXPECT_EQ(CauseOf(Check("south")), Cause::kNoServerForUser);
}

}  // namespace
}  // namespace mcmig::gateway
