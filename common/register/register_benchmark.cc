// Measures the embedded migration store: import, start, reads and commits. Prints one line for each figure of
// docs/register.md. Usage: register_benchmark <new directory> [users [migrated users [cache in MiB]]]
#include <sys/resource.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/time/clock.h"
#include "common/async/manual_executor.h"
#include "common/register/migration_register.h"
#include "common/register/rocksdb_migration_store.h"
#include "common/register/rocksdb_settings.h"
#include "common/register/testing/migration_store_values.h"
#include "glog/logging.h"

namespace mcmig::migration {
namespace {

constexpr int kBatch = 1000;
constexpr int kReads = 100'000;
constexpr int kCommits = 64'000;
constexpr int kInFlight = 64;

UserKey UserNumber(int user) { return UserNamed(absl::StrFormat("user-%07d", user)); }

std::string MemoryNow() {
  std::ifstream status("/proc/self/status");
  std::string line;
  std::string both;
  while (std::getline(status, line)) {
    if (line.starts_with("VmRSS") || line.starts_with("VmHWM")) absl::StrAppend(&both, line, " ");
  }
  return both;
}

// CPU time, which is what a machine with other work is measured by.
struct CpuTime {
  absl::Duration process;
  absl::Duration thread;

  static absl::Duration Of(int who) {
    rusage usage{};
    PCHECK(getrusage(who, &usage) == 0);
    return absl::DurationFromTimeval(usage.ru_utime) + absl::DurationFromTimeval(usage.ru_stime);
  }
  static CpuTime Now() { return {.process = Of(RUSAGE_SELF), .thread = Of(RUSAGE_THREAD)}; }
};

// CPU of this thread, and of all threads: those of the store compact in the background what was written before.
void Report(const std::string& what, int count, absl::Time since) {
  static CpuTime before;
  const absl::Duration took = absl::Now() - since;
  const CpuTime now = CpuTime::Now();
  absl::PrintF("%-22s %8d in %7.3f s, %8.0f /s, CPU %7.3f s (all threads %7.3f s)  %s\n", what, count,
               absl::ToDoubleSeconds(took), count / absl::ToDoubleSeconds(took),
               absl::ToDoubleSeconds(now.thread - before.thread), absl::ToDoubleSeconds(now.process - before.process),
               MemoryNow());
  std::fflush(stdout);
  before = now;
}

// In random order, as no export is sorted by our keys.
void Import(MigrationStore& store, int users) {
  std::vector<int> order(static_cast<size_t>(users));
  for (int user = 0; user < users; ++user) order[static_cast<size_t>(user)] = user;
  std::shuffle(order.begin(), order.end(), std::mt19937(1));
  const absl::Time begun = absl::Now();
  std::vector<MigrationStore::ProfileEntry> batch;
  for (const int user : order) {
    batch.push_back(ProfileOf(UserNumber(user), 1));
    if (batch.size() < kBatch) continue;
    CHECK(store.ImportProfiles(batch).ok());
    batch.clear();
  }
  CHECK(store.ImportProfiles(batch).ok());
  Report("profiles imported", users, begun);
}

struct Range {
  int first = 0;
  int end = 0;
};

// Which of all users the `number`-th migration is of: each once, scattered.
UserKey MigratingUser(int number, int users) { return UserNumber(static_cast<int>(int64_t{number} * 7919 % users)); }

async::Task<> MigrateUsers(MigrationRegister& migrations, async::Executor& executor, Range range, int users) {
  for (int number = range.first; number < range.end; ++number) {
    const UserKey key = MigratingUser(number, users);
    absl::StatusOr<Snapshot> snapshot = migrations.Read(key, "p");
    CHECK(snapshot.ok()) << snapshot.status();
    absl::StatusOr<CommitOutcome> outcome = co_await migrations.Commit(executor, MigrateTo("p", key, *snapshot));
    CHECK(outcome.ok()) << outcome.status();
  }
}

void Commit(MigrationStore& store, Range range, int users) {
  MigrationRegister migrations(store);
  async::ManualExecutor executor;
  const absl::Time begun = absl::Now();
  const int each = (range.end - range.first) / kInFlight;
  for (int i = 0; i < kInFlight; ++i) {
    const int first = range.first + i * each;
    executor.Spawn(MigrateUsers(migrations, executor, {.first = first, .end = first + each}, users));
  }
  while (executor.live() > 0) {
    executor.RunUntilIdle();
    if (executor.live() > 0) CHECK(executor.WaitForWork(absl::Seconds(30)));
  }
  Report("commits, 64 in flight", each * kInFlight, begun);
}

void Read(MigrationStore& store, int users) {
  std::mt19937 random(2);
  const absl::Time begun = absl::Now();
  for (int i = 0; i < kReads; ++i) {
    CHECK(store.Read(UserNumber(static_cast<int>(random() % static_cast<unsigned>(users))), "p")->user.has_value());
  }
  Report("snapshots read", kReads, begun);
}

// What reconciliation asks of one partner MC system.
void ListAt(MigrationStore& store) {
  const absl::Time begun = absl::Now();
  int count = 0;
  std::optional<UserKey> after;
  do {
    const absl::StatusOr<MigrationStore::RecordPage> page = store.ListRecordsAt("p", after, kBatch);
    CHECK(page.ok()) << page.status();
    count += static_cast<int>(page->entries.size());
    after = page->next;
  } while (after);
  Report("records at a partner", count, begun);
}

std::unique_ptr<MigrationStore> Open(const std::string& directory, const RocksDbSettings& settings,
                                     const std::string& what) {
  const absl::Time begun = absl::Now();
  absl::StatusOr<std::unique_ptr<MigrationStore>> store = OpenRocksDbMigrationStore(directory, settings);
  CHECK(store.ok()) << store.status();
  Report(what, 1, begun);
  return *std::move(store);
}

void Measure(const std::string& directory, const RocksDbSettings& settings, int users, int migrated) {
  const bool made = std::filesystem::exists(directory);
  std::unique_ptr<MigrationStore> store = Open(directory, settings, made ? "opened" : "opened, new");
  if (made) {
    // The first fills the cache.
    for (int i = 0; i < 4; ++i) Read(*store, users);
    return;
  }
  CHECK(store->SetAgreements({{"p", {protocol::McService::kMcptt}}}).ok());
  Import(*store, users);
  Read(*store, users);
  Commit(*store, {.first = 0, .end = migrated}, users);
  Read(*store, users);
  // Again, of users who are on record.
  Commit(*store, {.first = 0, .end = std::min(migrated, kCommits)}, users);
  store.reset();
  store = Open(directory, settings, "opened again");
  Read(*store, users);
  ListAt(*store);
}

}  // namespace
}  // namespace mcmig::migration

int main(int argc, char** argv) {
  int users = 1'000'000;
  int migrated = 64'000;
  mcmig::migration::RocksDbSettings settings;
  if (argc < 2 || (argc > 2 && !absl::SimpleAtoi(argv[2], &users)) ||
      (argc > 3 && !absl::SimpleAtoi(argv[3], &migrated)) || migrated > users ||
      (argc > 4 && !absl::SimpleAtoi(argv[4], &settings.cache_mib))) {
    std::cerr << "usage: register_benchmark <directory> [users [migrated users [cache in MiB]]]\n";
    return 2;
  }
  mcmig::migration::Measure(argv[1], settings, users, migrated);
  return 0;
}
