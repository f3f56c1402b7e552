// The embedded stores on a disk that fails: whatever was acknowledged is there afterwards, whole.
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "common/register/rocksdb_migration_store.h"
#include "common/register/rocksdb_visitor_store.h"
#include "common/register/testing/failing_disk.h"
#include "common/register/testing/migration_store_values.h"
#include "common/register/testing/rocksdb_place.h"
#include "common/register/testing/visitor_store_values.h"
#include "gtest/gtest.h"

namespace mcmig::migration {
namespace {

using Fault = FailingDisk::Fault;

// One change, and what the store says once it is done.
struct Step {
  std::function<absl::Status(MigrationStore&)> change;
  std::function<bool(MigrationStore&)> done;
};

bool AliceIsAt(MigrationStore& store, const std::string& partner) {
  const absl::StatusOr<Snapshot> snapshot = store.Read(UserNamed("alice"), partner);
  return snapshot.ok() && snapshot->record && snapshot->record->partner_system == partner;
}

// The whole of the change: record, count, index and history agree.
bool IsWhole(MigrationStore& store) {
  const absl::StatusOr<std::vector<JournalEntry>> journal = store.ListJournal(0, 100);
  const absl::StatusOr<std::vector<JournalEntry>> history = store.ListHistory(UserNamed("alice"), 0, 100);
  if (!journal.ok() || !history.ok() || journal->size() != history->size()) return false;
  const std::string at = journal->empty() ? "" : journal->back().after;
  return (journal->empty() || AliceIsAt(store, at)) && *store.CountMigrated() == (at.empty() ? 0U : 1U) &&
         store.ListRecordsAt("p", std::nullopt, 10)->entries.size() == (at == "p" ? 1U : 0U) &&
         store.ListRecordsAt("q", std::nullopt, 10)->entries.size() == (at == "q" ? 1U : 0U) &&
         store.ListExpired(absl::FromUnixSeconds(2'000'000'000), 10)->size() == (at == "q" ? 1U : 0U);
}

absl::Status Migrate(MigrationStore& store, const std::string& partner) {
  const UserKey alice = UserNamed("alice");
  absl::StatusOr<Snapshot> snapshot = store.Read(alice, partner);
  if (!snapshot.ok()) return snapshot.status();
  Mutation mutation = MigrateTo(partner, alice, *snapshot);
  if (snapshot->record) mutation.cancel = Mutation::Cancel{.partner_system = "p", .epoch = snapshot->record->epoch};
  if (partner == "q") mutation.record.authorized_until = absl::FromUnixSeconds(1'900'000'000);
  return store.Apply({mutation}).status();
}

// Migrated to p, moved to q, the cancel at p acknowledged, revoked.
std::vector<Step> Life() {
  return {
      {[](MigrationStore& store) { return Migrate(store, "p"); },
       [](MigrationStore& store) { return AliceIsAt(store, "p"); }},
      {[](MigrationStore& store) { return Migrate(store, "q"); },
       [](MigrationStore& store) { return AliceIsAt(store, "q") && store.ListOutbox("p", 0, 9)->size() == 1; }},
      {[](MigrationStore& store) {
         const std::vector<OutboxEntry> pending = *store.ListOutbox("p", 0, 9);
         return store.Acknowledge({{"p", pending.front().sequence}});
       },
       [](MigrationStore& store) { return AliceIsAt(store, "q") && store.ListOldestCancels()->empty(); }},
      {[](MigrationStore& store) {
         const UserKey alice = UserNamed("alice");
         return store.Apply({TakeBack(Change::kRevoked, alice, *store.Read(alice, ""))}).status();
       },
       [](MigrationStore& store) { return AliceIsAt(store, "") && store.ListOutbox("q", 0, 9)->size() == 1; }},
  };
}

class RocksDbFaultTest : public testing::Test {
 protected:
  std::unique_ptr<MigrationStore> Open() {
    absl::StatusOr<std::unique_ptr<MigrationStore>> store = OpenRocksDbMigrationStore(directory_, {.env = env_.get()});
    EXPECT_TRUE(store.ok()) << store.status();
    return store.ok() ? *std::move(store) : nullptr;
  }
  // What a power failure leaves, opened.
  std::unique_ptr<MigrationStore> OpenAfterPowerFailure() {
    disk_->LoseUnsynced();
    return Open();
  }

  const std::shared_ptr<FailingDisk> disk_ = std::make_shared<FailingDisk>();
  const std::unique_ptr<rocksdb::Env> env_ = rocksdb::NewCompositeEnv(disk_);
  std::string directory_ = NewStoreDirectory();
};

TEST_F(RocksDbFaultTest, WhateverIsAcknowledgedSurvivesAPowerFailureThatLosesAllThatIsUnsynced) {
  for (const Step& step : Life()) {
    std::unique_ptr<MigrationStore> store = Open();
    ASSERT_TRUE(step.change(*store).ok());
    store.reset();
    store = OpenAfterPowerFailure();
    EXPECT_TRUE(step.done(*store));
    EXPECT_TRUE(IsWhole(*store));
  }
}

TEST_F(RocksDbFaultTest, EachChangeWhoseWriteFailsIsUnavailableAndWholeOrNotThereAfterAPowerFailure) {
  const std::vector<Step> life = Life();
  for (const Fault fault : {Fault::kAppend, Fault::kSync, Fault::kNoSpace}) {
    for (size_t failing = 0; failing < life.size(); ++failing) {
      SCOPED_TRACE(static_cast<int>(fault) * 10 + static_cast<int>(failing));
      directory_ = NewStoreDirectory();
      std::unique_ptr<MigrationStore> store = Open();
      for (size_t i = 0; i < failing; ++i) ASSERT_TRUE(life[i].change(*store).ok());
      disk_->Set(fault);
      EXPECT_EQ(life[failing].change(*store).code(), absl::StatusCode::kUnavailable);
      EXPECT_FALSE(life[failing].done(*store));
      disk_->Set(Fault::kNone);
      store.reset();
      store = OpenAfterPowerFailure();
      EXPECT_TRUE(IsWhole(*store));
      // It never was acknowledged, and is done again: the epoch tells whether it has been.
      if (!life[failing].done(*store)) {
        EXPECT_TRUE(failing == 0 || life[failing - 1].done(*store));
        EXPECT_TRUE(life[failing].change(*store).ok());
      }
      EXPECT_TRUE(life[failing].done(*store));
    }
  }
}

TEST_F(RocksDbFaultTest, ACancelThatCouldNotBeWrittenIsUnavailableAndOneThatWasSurvives) {
  auto store = OpenRocksDbVisitorStore(directory_, {.env = env_.get()});
  ASSERT_TRUE(store.ok()) << store.status();
  ASSERT_TRUE((*store)->Apply({VisitOf("alice", 1, 1), CancelOf("bob", 1, 4)}).ok());
  disk_->Set(Fault::kSync);
  EXPECT_EQ((*store)->Apply({CancelOf("alice", 1, 1)}).status().code(), absl::StatusCode::kUnavailable);
  EXPECT_TRUE((*store)->FindVisitor(VisitorNamed("alice"))->has_value());
  EXPECT_EQ((*store)->ForgetCancelled(absl::InfiniteFuture(), "", 10).status().code(), absl::StatusCode::kUnavailable);
  disk_->Set(Fault::kNone);
  store->reset();
  disk_->LoseUnsynced();
  store = OpenRocksDbVisitorStore(directory_, {.env = env_.get()});
  ASSERT_TRUE(store.ok()) << store.status();
  EXPECT_EQ((*store)->Apply({VisitOf("bob", 1, 4)})->front(), VisitOutcome::kCancelled);
}

}  // namespace
}  // namespace mcmig::migration
