// Who may use the emergency share: whom the expected-visitors list marks as priority, and nobody else.
#include <optional>
#include <vector>

#include "absl/status/status.h"
#include "common/protocol/pushback.h"
#include "gtest/gtest.h"
#include "services/partner_server/partner_server.h"
#include "services/partner_server/partner_server_test_fixture.h"

namespace mcmig::partner_server {
namespace {

using protocol::EmergencyShare;

constexpr absl::Duration kHint = absl::Milliseconds(77);

class EmergencyShareTest : public PartnerServerTest {
 protected:
  void MarkAlice() {
    migration::ExpectedVisitor alice;
    alice.primary_system = "north";
    alice.canonical_id = testing::Id(testing::kAlice).canonical();
    alice.mc_service_id = testing::kAlice;
    alice.until = executor_.Now() + absl::Hours(1);
    alice.priority = true;
    EXPECT_TRUE(store_.ImportExpected({alice}).ok());
  }
  absl::StatusOr<Response> AskWith(std::optional<absl::Duration> only) { return AskWith(Doors(), only, Token()); }
  absl::StatusOr<Response> AskWith(PartnerDoors doors, std::optional<absl::Duration> only, const std::string& token) {
    PartnerServer server(std::move(doors));
    testing::IncomingCall incoming(executor_, {"north", Role::kClient, false}, Listener::kClient);
    incoming.call.bearer_token = token;
    incoming.call.emergency_only = only;
    return *executor_.Run(server.AuthorizeMigration(incoming.call, message_));
  }
};

TEST_F(EmergencyShareTest, ThePriorityUsersRequestIsMarkedForTheOwnGateway) {
  ASSERT_TRUE(AskWith(std::nullopt).ok());
  EXPECT_EQ(gateway_.asked.at(0).emergency_share, EmergencyShare::kNothing);
  MarkAlice();
  ASSERT_TRUE(AskWith(std::nullopt).ok());
  EXPECT_EQ(gateway_.asked.at(1).emergency_share, EmergencyShare::kMayUse);
}

TEST_F(EmergencyShareTest, WithoutAGatewayTheCallIsMarkedAndTheMessageIsNot) {
  ASSERT_TRUE(AskWith(DirectDoors(), std::nullopt, Token()).ok());
  MarkAlice();
  ASSERT_TRUE(AskWith(DirectDoors(), std::nullopt, Token()).ok());
  EXPECT_EQ(gateway_.for_priority_users, (std::vector<bool>{false, true}));
  EXPECT_EQ(gateway_.asked.at(1).emergency_share, EmergencyShare::kNothing);
}

TEST_F(EmergencyShareTest, WithoutOrdinaryRoomOnlyPriorityUsersGoOn) {
  const absl::Status refused = AskWith(kHint).status();
  EXPECT_EQ(refused, protocol::ResourceExhausted("too many calls", kHint));
  EXPECT_TRUE(gateway_.asked.empty());
  MarkAlice();
  EXPECT_TRUE(AskWith(kHint).ok());
  EXPECT_TRUE(AliceHere().has_value());
}

TEST_F(EmergencyShareTest, WhoHasNoTokenLearnsNothingOfTheList) {
  const auto before = AskWith(Doors(), kHint, "no.such.token");
  MarkAlice();
  const auto after = AskWith(Doors(), kHint, "no.such.token");
  ExpectRefused(before, v1::REFUSAL_CAUSE_ACCESS_TOKEN_INVALID);
  ExpectRefused(after, v1::REFUSAL_CAUSE_ACCESS_TOKEN_INVALID);
}

TEST_F(EmergencyShareTest, TheUsersOwnWordIsRefused) {
  MarkAlice();
  message_.set_emergency_share(v1::EMERGENCY_SHARE_MAY_USE);
  EXPECT_TRUE(absl::IsInvalidArgument(AskWith(std::nullopt).status()));
  EXPECT_TRUE(absl::IsInvalidArgument(AskWith(kHint).status()));
  EXPECT_TRUE(gateway_.asked.empty());
}

}  // namespace
}  // namespace mcmig::partner_server
