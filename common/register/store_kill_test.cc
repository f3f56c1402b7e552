#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/async/manual_executor.h"
#include "common/register/migration_register.h"
#include "common/register/rocksdb_migration_store.h"
#include "common/register/rocksdb_visitor_store.h"
#include "common/register/testing/migration_store_values.h"
#include "common/register/testing/rocksdb_place.h"
#include "common/register/testing/visitor_store_values.h"
#include "common/register/visitor_register.h"
#include "glog/logging.h"
#include "gtest/gtest.h"

namespace mcmig::migration {
namespace {

constexpr int kUsers = 16;
constexpr int kAcknowledgements = 800;

// That a user's record, or visit or cancel, of this counter is durable.
struct Acknowledgement {
  int32_t user;
  int32_t visitor;  // 1 of the visitor register, else 0
  uint64_t counter;
};

std::string NameOf(int user) { return absl::StrCat("user", user); }

void Say(int pipe, Acknowledgement acknowledgement) {
  PCHECK(write(pipe, &acknowledgement, sizeof acknowledgement) == sizeof acknowledgement);
}

// Leads one user through migrations over and over – to p, moved to q, ended by q or revoked – and says so after each
// commit. Cancels are acknowledged now and then.
async::Task<> LiveForever(MigrationRegister& migrations, async::ManualExecutor& executor, int user, int pipe) {
  const UserKey key = UserNamed(NameOf(user));
  for (uint64_t counter = 1;; ++counter) {
    if (counter % 3 == 0) {
      Event event = Revoke{.key = key};
      if (counter % 2 == 0) event = End{.key = key, .partner_system = "q", .epoch = {1, counter - 1}};
      absl::StatusOr<Plan> plan = co_await migrations.Settle(executor, event, executor, Policy());
      CHECK(plan.ok() && plan->outcome == Outcome::kChanged) << plan.status();
    } else {
      const std::string partner = counter % 3 == 1 ? "p" : "q";
      absl::StatusOr<Snapshot> snapshot = migrations.Read(key, partner);
      CHECK(snapshot.ok()) << snapshot.status();
      Mutation mutation = MigrateTo(partner, key, *snapshot);
      if (partner == "q") mutation.cancel = Mutation::Cancel{.partner_system = "p", .epoch = snapshot->record->epoch};
      absl::StatusOr<CommitOutcome> outcome = co_await migrations.Commit(executor, std::move(mutation));
      CHECK(outcome.ok() && *outcome == CommitOutcome::kCommitted);
    }
    Say(pipe, {.user = user, .visitor = 0, .counter = counter});
    if (counter % 5 != 0) continue;
    absl::StatusOr<std::vector<OutboxEntry>> oldest = migrations.ListOldestCancels();
    CHECK(oldest.ok());
    std::vector<MigrationStore::Acknowledgement> acknowledged;
    for (const OutboxEntry& entry : *oldest) acknowledged.push_back({entry.partner_system, entry.sequence});
    absl::Status status = co_await migrations.Acknowledge(executor, std::move(acknowledged));
    CHECK(status.ok()) << status;
  }
}

// Installs one visitor and cancels it, over and over: an odd counter is a visit, an even one the cancel of the visit
// before it and of an answer that is still to come.
async::Task<> VisitForever(VisitorRegister& visitors, async::Executor& executor, int user, int pipe) {
  for (uint64_t counter = 1;; ++counter) {
    if (counter % 2 == 1) {
      absl::StatusOr<VisitOutcome> outcome = co_await visitors.Install(executor, VisitOf(NameOf(user), 1, counter));
      CHECK(outcome.ok() && *outcome == VisitOutcome::kInstalled);
    } else {
      absl::StatusOr<VisitOutcome> outcome = co_await visitors.Cancel(executor, CancelOf(NameOf(user), 1, counter));
      CHECK(outcome.ok() && *outcome == VisitOutcome::kRemoved);
    }
    Say(pipe, {.user = user, .visitor = 1, .counter = counter});
  }
}

[[noreturn]] void CommitUntilKilled(const std::string& directory, int pipe) {
  const auto migration_store = OpenRocksDbMigrationStore(directory + ".migrations");
  const auto visitor_store = OpenRocksDbVisitorStore(directory + ".visitors");
  CHECK(migration_store.ok() && visitor_store.ok());
  MigrationRegister migrations(**migration_store);
  VisitorRegister visitors(**visitor_store);
  async::ManualExecutor executor;
  for (int user = 0; user < kUsers; ++user) {
    executor.Spawn(LiveForever(migrations, executor, user, pipe));
    executor.Spawn(VisitForever(visitors, executor, user, pipe));
  }
  for (;;) {
    executor.RunUntilIdle();
    CHECK(executor.WaitForWork(absl::Seconds(30)));
  }
}

// What a child acknowledged before it was killed: by whether of the visitor register, and user.
std::map<std::pair<int, int>, uint64_t> AcknowledgedByKilled(const std::string& directory) {
  int ends[2];
  PCHECK(pipe(ends) == 0);
  // Forked before this process has a thread.
  const pid_t child = fork();
  PCHECK(child >= 0);
  if (child == 0) {
    close(ends[0]);
    CommitUntilKilled(directory, ends[1]);
  }
  close(ends[1]);
  std::map<std::pair<int, int>, uint64_t> acknowledged;
  Acknowledgement next{};
  for (int read_so_far = 0; read(ends[0], &next, sizeof next) == sizeof next; ++read_so_far) {
    acknowledged[{next.visitor, next.user}] = next.counter;
    // Whatever it still says before it is gone counts, too.
    if (read_so_far == kAcknowledgements) PCHECK(kill(child, SIGKILL) == 0);
  }
  close(ends[0]);
  int status = 0;
  PCHECK(waitpid(child, &status, 0) == child);
  CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
  return acknowledged;
}

void CheckMigrations(MigrationStore& store, const std::map<std::pair<int, int>, uint64_t>& acknowledged) {
  uint64_t on_record = 0;
  std::map<std::string, size_t> at;
  for (int user = 0; user < kUsers; ++user) {
    const UserKey key = UserNamed(NameOf(user));
    const absl::StatusOr<Snapshot> snapshot = store.Read(key, "");
    ASSERT_TRUE(snapshot.ok() && snapshot->record);
    const uint64_t counter = snapshot->record->epoch.counter;
    // One more may have been durable without having been acknowledged yet.
    EXPECT_GE(counter, acknowledged.at({0, user}));
    EXPECT_LE(counter, acknowledged.at({0, user}) + 1);
    EXPECT_EQ(store.ListHistory(key, 0, counter + 1)->size(), counter);
    on_record += counter;
    ++at[snapshot->record->partner_system];
  }
  // Each change has its journal entry, and no entry is without its change; index and count are those of the records.
  EXPECT_EQ(store.ListJournal(0, on_record + 1)->size(), on_record);
  EXPECT_EQ(store.ListRecordsAt("p", std::nullopt, kUsers + 1)->entries.size(), at["p"]);
  EXPECT_EQ(store.ListRecordsAt("q", std::nullopt, kUsers + 1)->entries.size(), at["q"]);
  EXPECT_EQ(*store.CountMigrated(), at["p"] + at["q"]);
}

void CheckVisitors(VisitorStore& store, const std::map<std::pair<int, int>, uint64_t>& acknowledged) {
  uint64_t visitors = 0;
  for (int user = 0; user < kUsers; ++user) {
    const uint64_t counter = acknowledged.at({1, user});
    const std::optional<protocol::Epoch> cancelled = *store.FindCancelled(VisitorNamed(NameOf(user)));
    const std::optional<Visitor> visitor = *store.FindVisitor(VisitorNamed(NameOf(user)));
    const uint64_t last = std::max(cancelled ? cancelled->counter : 0, visitor ? visitor->epoch.counter : 0);
    EXPECT_GE(last, counter);
    EXPECT_LE(last, counter + 1);
    EXPECT_EQ(visitor.has_value(), last % 2 == 1);
    if (visitor) ++visitors;
  }
  EXPECT_EQ(*store.CountVisitors(), visitors);
}

TEST(StoreKillTest, EveryAcknowledgedCommitSurvivesKill9) {
  const std::string directory = NewStoreDirectory();
  const std::map<std::pair<int, int>, uint64_t> acknowledged = AcknowledgedByKilled(directory);
  ASSERT_EQ(acknowledged.size(), static_cast<size_t>(2 * kUsers));
  const auto migrations = OpenRocksDbMigrationStore(directory + ".migrations");
  ASSERT_TRUE(migrations.ok()) << migrations.status();
  CheckMigrations(**migrations, acknowledged);
  const auto visitors = OpenRocksDbVisitorStore(directory + ".visitors");
  ASSERT_TRUE(visitors.ok()) << visitors.status();
  CheckVisitors(**visitors, acknowledged);
}

}  // namespace
}  // namespace mcmig::migration
