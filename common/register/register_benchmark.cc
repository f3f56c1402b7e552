// Measures the embedded migration store: import, start, reads and commits. Prints one line for each figure of
// docs/register.md. Usage: register_benchmark <new directory> [users]
#include <sys/resource.h>

#include <algorithm>
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

// Of all threads, since the last time it was asked: what a machine with other work is measured by.
absl::Duration CpuTime() {
  static absl::Duration before;
  rusage usage{};
  PCHECK(getrusage(RUSAGE_SELF, &usage) == 0);
  const absl::Duration now = absl::DurationFromTimeval(usage.ru_utime) + absl::DurationFromTimeval(usage.ru_stime);
  return now - std::exchange(before, now);
}

void Report(const std::string& what, int count, absl::Time since) {
  const absl::Duration took = absl::Now() - since;
  absl::PrintF("%-22s %8d in %7.3f s, CPU %7.3f s, %8.0f /s  %s\n", what, count, absl::ToDoubleSeconds(took),
               absl::ToDoubleSeconds(CpuTime()), count / absl::ToDoubleSeconds(took), MemoryNow());
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

async::Task<> MigrateUsers(MigrationRegister& migrations, async::Executor& executor, int first, int users) {
  for (int user = first; user < first + kCommits / kInFlight; ++user) {
    const UserKey key = UserNumber(static_cast<int>(int64_t{user} * 7919 % users));
    absl::StatusOr<Snapshot> snapshot = migrations.Read(key, "p");
    CHECK(snapshot.ok()) << snapshot.status();
    absl::StatusOr<CommitOutcome> outcome = co_await migrations.Commit(executor, MigrateTo("p", key, *snapshot));
    CHECK(outcome.ok()) << outcome.status();
  }
}

void Commit(MigrationStore& store, int users) {
  MigrationRegister migrations(store);
  async::ManualExecutor executor;
  const absl::Time begun = absl::Now();
  for (int i = 0; i < kInFlight; ++i) {
    executor.Spawn(MigrateUsers(migrations, executor, i * (kCommits / kInFlight), users));
  }
  while (executor.live() > 0) {
    executor.RunUntilIdle();
    if (executor.live() > 0) CHECK(executor.WaitForWork(absl::Seconds(30)));
  }
  Report("commits, 64 in flight", kCommits, begun);
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

std::unique_ptr<MigrationStore> Open(const std::string& directory, const std::string& what) {
  const absl::Time begun = absl::Now();
  absl::StatusOr<std::unique_ptr<MigrationStore>> store = OpenRocksDbMigrationStore(directory);
  CHECK(store.ok()) << store.status();
  Report(what, 1, begun);
  return *std::move(store);
}

void Measure(const std::string& directory, int users) {
  std::unique_ptr<MigrationStore> store = Open(directory, "opened, new");
  CHECK(store->SetAgreements({{"p", {protocol::McService::kMcptt}}}).ok());
  Import(*store, users);
  Read(*store, users);
  Commit(*store, users);
  Commit(*store, users);
  store.reset();
  store = Open(directory, "opened again");
  Read(*store, users);
  ListAt(*store);
}

}  // namespace
}  // namespace mcmig::migration

int main(int argc, char** argv) {
  int users = 1'000'000;
  if (argc < 2 || (argc > 2 && !absl::SimpleAtoi(argv[2], &users))) {
    std::cerr << "usage: register_benchmark <new directory> [users]\n";
    return 2;
  }
  mcmig::migration::Measure(argv[1], users);
  return 0;
}
