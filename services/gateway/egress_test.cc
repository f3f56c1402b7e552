#include "services/gateway/egress.h"

#include "gtest/gtest.h"
#include "services/testing/systems.h"

namespace mcmig::gateway {
namespace {

using protocol::AuthorizationRequest;
using protocol::Cause;

class CheckEgressTest : public ::testing::Test {
 protected:
  Cause CauseFor(const char* primary_id) {
    AuthorizationRequest request = testing::AliceToSouth();
    request.primary_mc_service_id = testing::Id(primary_id);
    return CauseFor(request);
  }
  Cause CauseFor(const AuthorizationRequest& request) {
    const auto systems = testing::MakeSystems(table_);
    const absl::StatusOr<Egress> egress = CheckEgress(*systems, request);
    EXPECT_TRUE(egress.ok()) << egress.status();
    if (!egress.ok()) return Cause::kNone;
    EXPECT_EQ(egress->primary_system != nullptr, egress->decision.cause == Cause::kNone);
    return egress->decision.cause;
  }

  config::v1::SystemTable table_ = testing::SystemsAt("south");
};

TEST_F(CheckEgressTest, ARequestGoesToTheSystemThatOwnsThePrimaryId) {
  const auto systems = testing::MakeSystems(table_);
  const absl::StatusOr<Egress> egress = CheckEgress(*systems, testing::AliceToSouth());
  ASSERT_TRUE(egress.ok());
  ASSERT_EQ(egress->decision.cause, Cause::kNone);
  EXPECT_EQ(egress->primary_system->config.name(), "north");
}

TEST_F(CheckEgressTest, AServerThatClaimsAnotherSystemsVisitorIsRefused) {
  const auto systems = testing::MakeSystems(table_);
  for (const char* partner_id : {"sip:visitor1@north.example", "sip:visitor1@west.example"}) {
    AuthorizationRequest request = testing::AliceToSouth();
    request.partner_mc_service_id = testing::Id(partner_id);
    EXPECT_EQ(CheckEgress(*systems, request).status().code(), absl::StatusCode::kPermissionDenied);
  }
}

TEST_F(CheckEgressTest, UnknownAndOwnSystemsAreNoDestination) {
  EXPECT_EQ(CauseFor("sip:alice@west.example"), Cause::kUnknownPrimarySystem);
  EXPECT_EQ(CauseFor("sip:alice@south.example"), Cause::kOwnSystem);
}

TEST_F(CheckEgressTest, WithoutAnAgreementForTheServiceNothingGoesOut) {
  EXPECT_EQ(CauseFor("sip:alice@east.example"), Cause::kNoAgreement);
  AuthorizationRequest request = testing::AliceToSouth();
  request.service = protocol::McService::kMcdata;
  EXPECT_EQ(CauseFor(request), Cause::kNoAgreement);
}

TEST_F(CheckEgressTest, AnAgreementInTheOtherDirectionIsNone) {
  config::v1::Agreement& agreement = *testing::SystemIn(table_, "north").mutable_agreement();
  agreement.clear_visitors_from();
  agreement.add_own_users_to(config::v1::MCPTT);
  EXPECT_EQ(CauseFor(testing::kAlice), Cause::kNoAgreement);
}

TEST_F(CheckEgressTest, ASystemWithoutAnEntryIsNotAsked) {
  testing::SystemIn(table_, "north").clear_entry();
  EXPECT_EQ(CauseFor(testing::kAlice), Cause::kNoAgreement);
}

}  // namespace
}  // namespace mcmig::gateway
