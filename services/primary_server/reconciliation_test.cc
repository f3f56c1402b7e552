#include "services/primary_server/reconciliation.h"

#include <memory>
#include <string>

#include "common/async/manual_executor.h"
#include "common/register/testing/memory_database.h"
#include "common/register/transition.h"
#include "gtest/gtest.h"
#include "services/testing/doors.h"
#include "services/testing/systems.h"

namespace mcmig::primary_server {
namespace {

using protocol::Epoch;
using protocol::McService;

constexpr char kSouth[] = "south";
constexpr char kEast[] = "east";

migration::UserKey KeyOf(const std::string& user) { return {"sip:" + user + "@north.example", McService::kMcptt}; }

migration::Mutation Migrated(const std::string& user, const std::string& partner) {
  return {.key = KeyOf(user),
          .change = migration::Change::kAuthorized,
          .expected_epoch = {},
          .permission = std::nullopt,
          .record = {.epoch = {1, 1},
                     .state = migration::State::kMigrated,
                     .primary_mc_service_id = KeyOf(user).canonical_id,
                     .partner_system = partner,
                     .partner_mc_service_id = "sip:v@" + partner + ".example",
                     .decided_at = absl::UnixEpoch(),
                     .request_id = {}},
          .answered = {},
          .cancel = std::nullopt};
}

// North's register was restored: alice and bob are on record at south, carol has a profile and no record.
class ReconciliationTest : public ::testing::Test {
 protected:
  ReconciliationTest() {
    {
      const auto store = *disk_.OpenMigrations();
      EXPECT_TRUE(store->Apply({Migrated("alice", kSouth), Migrated("bob", kSouth)}).ok());
      EXPECT_TRUE(store->ImportProfiles({{KeyOf("carol"), KeyOf("carol").canonical_id, {}}}).ok());
    }
    disk_.Restore(disk_.Backup());
    disk_.SetIncarnation(2);
    Open();
  }
  void Open() {
    migrations_.reset();
    store_.reset();
    store_ = *disk_.OpenMigrations();
    migrations_ = std::make_unique<migration::MigrationRegister>(*store_);
    migrations_->gate().WaitFor({kSouth, kEast});
  }
  static protocol::ReconcilePage::Entry Served(const std::string& user, Epoch epoch) {
    return {.user = {testing::Id(testing::kVisitor), testing::Id("sip:" + user + "@north.example"), McService::kMcptt},
            .epoch = epoch};
  }
  Reconciliation Make() {
    return Reconciliation({.migrations = migrations_.get(),
                           .ways = {.gateway = nullptr, .entries = {{kEast, &east_}, {kSouth, &south_}}},
                           .clock = &executor_});
  }
  absl::StatusOr<ReconciliationReport> Compare(const char* partner) {
    Reconciliation reconciliation = Make();
    return *executor_.Run(reconciliation.Compare(executor_, stop_, partner));
  }
  absl::Status TakeHome() {
    const auto plan =
        executor_.Run(migrations_->Settle(executor_, migration::AuthorizeAtHome{.key = KeyOf("carol")}, executor_, {}));
    return plan->status();
  }

  async::ManualExecutor executor_;
  async::CancelSignal stop_;
  migration::MemoryDisk disk_;
  std::unique_ptr<migration::MigrationStore> store_;
  std::unique_ptr<migration::MigrationRegister> migrations_;
  testing::ToldPartner east_;
  testing::ToldPartner south_;
};

TEST_F(ReconciliationTest, WhoIsServedAndNotOnRecordIsCancelled) {
  south_.page->entries = {Served("alice", {1, 1}), Served("bob", {1, 4}), Served("carol", {1, 7})};
  const auto report = Compare(kSouth);
  ASSERT_TRUE(report.ok()) << report.status();
  EXPECT_EQ(report->served, 3U);
  EXPECT_EQ(report->cancelled, 2U);
  ASSERT_EQ(south_.cancels.size(), 2U);
  EXPECT_EQ(south_.cancels[0].epoch, (Epoch{1, 4}));
  EXPECT_EQ(south_.cancels[1].primary_mc_service_id.canonical(), KeyOf("carol").canonical_id);
  EXPECT_EQ(south_.cancels[1].epoch, (Epoch{1, 7}));
}

TEST_F(ReconciliationTest, WhoIsOnRecordElsewhereIsCancelled) {
  east_.page->entries = {Served("alice", {1, 1})};
  EXPECT_EQ(Compare(kEast)->cancelled, 1U);
  EXPECT_EQ(east_.cancels.size(), 1U);
}

// How far alice's record is, is nothing for whom she was not at with that epoch: it could find out by naming one by
// one.
TEST_F(ReconciliationTest, EpochsOfThisIncarnationAreCancelledOnlyWhereTheyWereGiven) {
  ASSERT_TRUE(Compare(kSouth).ok());
  migration::Mutation again = Migrated("alice", kSouth);
  again.expected_epoch = {1, 1};
  again.record.epoch = {2, 5};
  ASSERT_TRUE(store_->Apply({again}).ok());
  again.expected_epoch = {2, 5};
  again.record.epoch = {2, 9};
  ASSERT_TRUE(store_->Apply({again}).ok());
  for (uint64_t counter = 1; counter <= 10; ++counter) {
    east_.page->entries.push_back(Served("alice", {2, counter}));
    south_.page->entries.push_back(Served("alice", {2, counter}));
  }
  EXPECT_EQ(Compare(kEast)->cancelled, 0U);
  EXPECT_TRUE(east_.cancels.empty());
  EXPECT_EQ(Compare(kSouth)->cancelled, 1U);
  ASSERT_EQ(south_.cancels.size(), 1U);
  EXPECT_EQ(south_.cancels[0].epoch, (Epoch{2, 5}));
}

TEST_F(ReconciliationTest, UsersOfAnotherServerAreLeftAlone) {
  south_.page->entries = {Served("frank", {1, 1})};
  EXPECT_EQ(Compare(kSouth)->cancelled, 0U);
  EXPECT_TRUE(south_.cancels.empty());
}

TEST_F(ReconciliationTest, NothingIsPermittedBeforeEveryPartnerHasBeenComparedWith) {
  EXPECT_TRUE(absl::IsUnavailable(TakeHome()));
  migration::Mutation authorize = Migrated("carol", kEast);
  EXPECT_TRUE(absl::IsUnavailable(executor_.Run(migrations_->Commit(executor_, authorize))->status()));
  ASSERT_TRUE(Compare(kSouth).ok());
  EXPECT_TRUE(absl::IsUnavailable(TakeHome()));
  south_.page = absl::UnavailableError("away");
  east_.page = absl::UnavailableError("away");
  EXPECT_FALSE(Compare(kEast).ok());
  EXPECT_TRUE(absl::IsUnavailable(TakeHome()));
  // Taking back is right on an old state, too.
  const auto revoked = executor_.Run(
      migrations_->Settle(executor_, migration::Revoke{.key = KeyOf("bob")}, executor_, {.incarnation = 1}));
  EXPECT_EQ((*revoked)->outcome, migration::Outcome::kChanged);

  east_.page = protocol::ReconcilePage();
  ASSERT_TRUE(Compare(kEast).ok());
  EXPECT_TRUE(TakeHome().ok());
  // Also after a restart.
  Open();
  EXPECT_TRUE(TakeHome().ok());
}

TEST_F(ReconciliationTest, ACancelThatIsNotNotedKeepsTheGateClosed) {
  south_.page->entries = {Served("bob", {1, 4})};
  south_.cancel = absl::UnavailableError("away");
  EXPECT_FALSE(Compare(kSouth).ok());
  EXPECT_FALSE(migrations_->gate().Check(kSouth).ok());
}

TEST_F(ReconciliationTest, APartnerThatIsAwayIsAskedAgainUntilItAnswers) {
  south_.page = absl::UnavailableError("away");
  Reconciliation reconciliation = Make();
  executor_.Spawn(reconciliation.Run(executor_, stop_));
  executor_.RunUntilIdle();
  EXPECT_FALSE(migrations_->gate().Check(kSouth).ok());
  south_.page = protocol::ReconcilePage();
  while (executor_.live() > 0) {
    if (executor_.NextTimer() < absl::InfiniteFuture()) executor_.AdvanceTo(executor_.NextTimer());
    if (executor_.live() > 0) executor_.WaitForWork(absl::Milliseconds(50));
    executor_.RunUntilIdle();
  }
  EXPECT_TRUE(migrations_->gate().Check().ok());
  EXPECT_EQ(south_.reconciled.size(), 2U);
  EXPECT_EQ(east_.reconciled.size(), 1U);
}

TEST_F(ReconciliationTest, AnUnknownSystemIsNotFound) { EXPECT_TRUE(absl::IsNotFound(Compare("west").status())); }

}  // namespace
}  // namespace mcmig::primary_server
