#include "services/primary_server/expiry.h"

#include <memory>
#include <string>

#include "common/async/manual_executor.h"
#include "common/register/testing/memory_database.h"
#include "gtest/gtest.h"

namespace mcmig::primary_server {
namespace {

using migration::UserKey;

class ExpiryTest : public ::testing::Test {
 protected:
  UserKey Migrate(const std::string& user, absl::Time until) {
    UserKey key{"sip:" + user + "@north.example", protocol::McService::kMcptt};
    const migration::Mutation mutation{.key = key,
                                       .change = migration::Change::kAuthorized,
                                       .expected_epoch = {},
                                       .permission = std::nullopt,
                                       .record = {.epoch = {1, 1},
                                                  .state = migration::State::kMigrated,
                                                  .primary_mc_service_id = key.canonical_id,
                                                  .partner_system = "south",
                                                  .partner_mc_service_id = "sip:v@south.example",
                                                  .authorized_until = until,
                                                  .decided_at = executor_.Now(),
                                                  .request_id = {}},
                                       .answered = {},
                                       .cancel = std::nullopt};
    EXPECT_EQ(store_->Apply({mutation})->front(), migration::CommitOutcome::kCommitted);
    return key;
  }
  migration::Record RecordOf(const UserKey& key) { return *store_->Read(key, "")->record; }
  size_t Sweep() { return **executor_.Run(expiry_.Sweep(executor_)); }

  async::ManualExecutor executor_;
  migration::MemoryDisk disk_;
  std::unique_ptr<migration::MigrationStore> store_ = *disk_.OpenMigrations();
  migration::MigrationRegister migrations_{*store_};
  Expiry expiry_{migrations_, {.clock_skew = absl::Seconds(30)}, executor_};
};

TEST_F(ExpiryTest, TakesBackOnlyAfterTheSkewAndTellsThePartner) {
  const UserKey alice = Migrate("alice", executor_.Now() + absl::Minutes(1));
  const UserKey bob = Migrate("bob", absl::InfiniteFuture());
  executor_.AdvanceBy(absl::Seconds(89));
  EXPECT_EQ(Sweep(), 0U);
  EXPECT_EQ(RecordOf(alice).state, migration::State::kMigrated);

  executor_.AdvanceBy(absl::Seconds(1));
  EXPECT_EQ(Sweep(), 1U);
  EXPECT_EQ(RecordOf(alice).state, migration::State::kAtPrimary);
  EXPECT_EQ(RecordOf(alice).epoch, (protocol::Epoch{1, 2}));
  ASSERT_EQ(store_->ListOutbox("south", 0, 10)->size(), 1U);
  EXPECT_EQ(store_->ListOutbox("south", 0, 10)->front().epoch, (protocol::Epoch{1, 1}));
  EXPECT_EQ(RecordOf(bob).state, migration::State::kMigrated);
}

TEST_F(ExpiryTest, MoreThanOnePageIsTakenBackInOneSweep) {
  for (int i = 0; i < 600; ++i) Migrate("user" + std::to_string(i), executor_.Now());
  executor_.AdvanceBy(absl::Seconds(30));
  EXPECT_EQ(Sweep(), 600U);
  EXPECT_EQ(*store_->CountMigrated(), 0U);
}

}  // namespace
}  // namespace mcmig::primary_server
