#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdint>
#include <map>
#include <string>

#include "absl/strings/str_cat.h"
#include "common/async/manual_executor.h"
#include "common/register/migration_register.h"
#include "common/register/rocksdb_migration_store.h"
#include "common/register/testing/migration_store_values.h"
#include "common/register/testing/rocksdb_place.h"
#include "glog/logging.h"
#include "gtest/gtest.h"

namespace mcmig::migration {
namespace {

constexpr int kUsers = 16;
constexpr int kAcknowledgements = 400;

struct Acknowledgement {
  int32_t user;
  uint64_t counter;
};

UserKey UserNumber(int user) { return UserNamed(absl::StrCat("user", user)); }

// Migrates one user over and over, and says so after each commit.
async::Task<> MigrateForever(MigrationRegister& migrations, async::Executor& executor, int user, int pipe) {
  for (;;) {
    absl::StatusOr<Snapshot> snapshot = migrations.Read(UserNumber(user), "p");
    CHECK(snapshot.ok()) << snapshot.status();
    Mutation mutation = MigrateTo("p", UserNumber(user), *snapshot);
    const uint64_t counter = mutation.record.epoch.counter;
    absl::StatusOr<CommitOutcome> outcome = co_await migrations.Commit(executor, std::move(mutation));
    CHECK(outcome.ok() && *outcome == CommitOutcome::kCommitted);
    const Acknowledgement acknowledgement{.user = user, .counter = counter};
    PCHECK(write(pipe, &acknowledgement, sizeof acknowledgement) == sizeof acknowledgement);
  }
}

[[noreturn]] void CommitUntilKilled(const std::string& directory, int pipe) {
  absl::StatusOr<std::unique_ptr<RocksDbMigrationStore>> store = RocksDbMigrationStore::Open(directory);
  CHECK(store.ok()) << store.status();
  MigrationRegister migrations(**store);
  async::ManualExecutor executor;
  for (int user = 0; user < kUsers; ++user) executor.Spawn(MigrateForever(migrations, executor, user, pipe));
  for (;;) {
    executor.RunUntilIdle();
    CHECK(executor.WaitForWork(absl::Seconds(30)));
  }
}

TEST(StoreKillTest, EveryAcknowledgedCommitSurvivesKill9) {
  const std::string directory = NewStoreDirectory();
  int ends[2];
  ASSERT_EQ(pipe(ends), 0);
  // Forked before this process has a thread.
  const pid_t child = fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    close(ends[0]);
    CommitUntilKilled(directory, ends[1]);
  }
  close(ends[1]);

  std::map<int, uint64_t> acknowledged;
  Acknowledgement next{};
  for (int read_so_far = 0; read(ends[0], &next, sizeof next) == sizeof next; ++read_so_far) {
    acknowledged[next.user] = next.counter;
    // Whatever it still says before it is gone counts, too.
    if (read_so_far == kAcknowledgements) ASSERT_EQ(kill(child, SIGKILL), 0);
  }
  close(ends[0]);
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  ASSERT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
  ASSERT_EQ(acknowledged.size(), static_cast<size_t>(kUsers));

  const auto store = RocksDbMigrationStore::Open(directory);
  ASSERT_TRUE(store.ok()) << store.status();
  uint64_t on_record = 0;
  for (const auto& [user, counter] : acknowledged) {
    const absl::StatusOr<Snapshot> snapshot = (*store)->Read(UserNumber(user), "p");
    ASSERT_TRUE(snapshot.ok() && snapshot->record);
    // One more may have been durable without having been acknowledged yet.
    EXPECT_GE(snapshot->record->epoch.counter, counter);
    EXPECT_LE(snapshot->record->epoch.counter, counter + 1);
    on_record += snapshot->record->epoch.counter;
  }
  // Each change has its journal entry, and no entry is without its change.
  EXPECT_EQ((*store)->ListJournal(0, on_record + 1)->size(), on_record);
}

}  // namespace
}  // namespace mcmig::migration
