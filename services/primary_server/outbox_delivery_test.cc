#include "services/primary_server/outbox_delivery.h"

#include <memory>
#include <string>
#include <vector>

#include "common/async/manual_executor.h"
#include "common/register/testing/memory_database.h"
#include "common/register/transition.h"
#include "gtest/gtest.h"
#include "services/testing/doors.h"
#include "services/testing/systems.h"

namespace mcmig::primary_server {
namespace {

using migration::UserKey;

constexpr char kEast[] = "east";
constexpr char kSouth[] = "south";

class OutboxDeliveryTest : public ::testing::Test {
 protected:
  // `user` was migrated to `partner` and revoked: a cancel waits.
  void Revoke(const std::string& user, const std::string& partner) {
    const UserKey key{"sip:" + user + "@north.example", protocol::McService::kMcptt};
    migration::Mutation mutation{.key = key,
                                 .change = migration::Change::kAuthorized,
                                 .expected_epoch = {},
                                 .permission = std::nullopt,
                                 .record = {.epoch = {1, 1},
                                            .state = migration::State::kMigrated,
                                            .primary_mc_service_id = key.canonical_id,
                                            .partner_system = partner,
                                            .partner_mc_service_id = "sip:v@" + partner + ".example",
                                            .decided_at = executor_.Now(),
                                            .request_id = {}},
                                 .answered = {},
                                 .cancel = std::nullopt};
    ASSERT_EQ(store_->Apply({mutation})->front(), migration::CommitOutcome::kCommitted);
    const auto plan = executor_.Run(migrations_.Settle(executor_, migration::Revoke{.key = key}, executor_, {}));
    ASSERT_EQ((*plan)->outcome, migration::Outcome::kChanged);
  }
  size_t Waiting(const std::string& partner) { return store_->ListOutbox(partner, 0, 1000)->size(); }
  OutboxDelivery Make(DeliveryPolicy policy = {}) {
    return OutboxDelivery({.migrations = &migrations_,
                           .partners = {kEast, kSouth},
                           .ways = {.entries = {{kEast, &east_}, {kSouth, &south_}}},
                           .clock = &executor_},
                          policy);
  }
  // Lets the writer's thread answer while virtual time passes.
  void Pass(absl::Duration duration) {
    for (const absl::Time end = executor_.Now() + duration; executor_.Now() < end;) {
      executor_.AdvanceBy(absl::Milliseconds(50));
      while (executor_.WaitForWork(absl::Milliseconds(2))) executor_.RunUntilIdle();
    }
  }

  async::ManualExecutor executor_;
  async::CancelSignal stop_;
  migration::MemoryDisk disk_;
  std::unique_ptr<migration::MigrationStore> store_ = *disk_.OpenMigrations();
  migration::MigrationRegister migrations_{*store_};
  testing::ToldPartner east_;
  testing::ToldPartner south_;
};

TEST_F(OutboxDeliveryTest, ACancelIsDeliveredWithTheEpochThatThePartnerHoldsAndForgotten) {
  Revoke("alice", kSouth);
  OutboxDelivery delivery = Make();
  EXPECT_TRUE(executor_.Run(delivery.Deliver(executor_, stop_, kSouth))->ok());
  ASSERT_EQ(south_.cancels.size(), 1U);
  EXPECT_EQ(south_.cancels[0].primary_mc_service_id.canonical(), "sip:alice@north.example");
  EXPECT_EQ(south_.cancels[0].epoch, (protocol::Epoch{1, 1}));
  EXPECT_EQ(south_.cancels[0].partner_system, std::nullopt);
  EXPECT_EQ(Waiting(kSouth), 0U);
  EXPECT_TRUE(east_.cancels.empty());
}

TEST_F(OutboxDeliveryTest, TheGatewayIsToldWhomTheCancelIsFor) {
  Revoke("alice", kSouth);
  testing::ToldPartner gateway;
  OutboxDelivery delivery({.migrations = &migrations_,
                           .partners = {kSouth},
                           .ways = {.gateway = &gateway, .entries = {}},
                           .clock = &executor_});
  EXPECT_TRUE(executor_.Run(delivery.Deliver(executor_, stop_, kSouth))->ok());
  ASSERT_EQ(gateway.cancels.size(), 1U);
  EXPECT_EQ(gateway.cancels[0].partner_system, kSouth);
}

TEST_F(OutboxDeliveryTest, ACancelThatIsNotAcknowledgedStays) {
  Revoke("alice", kSouth);
  south_.cancel = absl::UnavailableError("away");
  OutboxDelivery delivery = Make();
  EXPECT_TRUE(absl::IsUnavailable(*executor_.Run(delivery.Deliver(executor_, stop_, kSouth))));
  EXPECT_EQ(Waiting(kSouth), 1U);
}

TEST_F(OutboxDeliveryTest, APartnerThatRefusesOneCancelGetsTheOthers) {
  Revoke("alice", kSouth);
  Revoke("bob", kSouth);
  south_.cancel = absl::PermissionDeniedError("not yours");
  OutboxDelivery delivery = Make();
  EXPECT_TRUE(absl::IsPermissionDenied(*executor_.Run(delivery.Deliver(executor_, stop_, kSouth))));
  EXPECT_EQ(south_.cancels.size(), 2U);
  EXPECT_EQ(Waiting(kSouth), 2U);
}

TEST_F(OutboxDeliveryTest, ManyPagesAreDelivered) {
  for (int i = 0; i < 50; ++i) Revoke("user" + std::to_string(i), kSouth);
  OutboxDelivery delivery = Make({.page = 7, .at_once = 3});
  EXPECT_TRUE(executor_.Run(delivery.Deliver(executor_, stop_, kSouth))->ok());
  EXPECT_EQ(south_.cancels.size(), 50U);
  EXPECT_EQ(Waiting(kSouth), 0U);
}

TEST_F(OutboxDeliveryTest, APartnerThatIsAwayIsAskedLessOftenAndHoldsUpNoOther) {
  Revoke("alice", kSouth);
  south_.cancel = absl::UnavailableError("away");
  OutboxDelivery delivery = Make();
  executor_.Spawn(delivery.Run(executor_, stop_));
  executor_.RunUntilIdle();
  Pass(absl::Seconds(10));
  // 0.25 + 0.5 + 1 + 2 + 4 s …: five attempts, where every quarter of a second would be forty.
  EXPECT_GE(south_.cancels.size(), 4U);
  EXPECT_LE(south_.cancels.size(), 6U);

  Revoke("bob", kEast);
  Pass(absl::Seconds(1));
  EXPECT_EQ(Waiting(kEast), 0U);
  south_.cancel = absl::OkStatus();
  Pass(absl::Seconds(31));
  EXPECT_EQ(Waiting(kSouth), 0U);
  stop_.Cancel();
  executor_.RunUntilIdle();
  EXPECT_EQ(executor_.live(), 0U);
}

}  // namespace
}  // namespace mcmig::primary_server
