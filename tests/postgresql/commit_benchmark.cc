// Compares group commit in PostgreSQL with one transaction for each write, the same 64 in flight, interleaved. The
// server is started here and syncs its log. docs/register.md has the figures. Usage: commit_benchmark
// [users]
#include <algorithm>
#include <iostream>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_format.h"
#include "absl/time/clock.h"
#include "common/async/manual_executor.h"
#include "common/register/group_commit.h"
#include "common/register/postgresql/migration_store.h"
#include "common/register/testing/migration_store_values.h"
#include "glog/logging.h"
#include "tests/harness/postgresql_server.h"

namespace mcmig::migration {
namespace {

constexpr int kInFlight = 64;
constexpr int kCommits = 6400;
constexpr int kReads = 5000;
constexpr int kRounds = 5;

using Writer = GroupCommit<Mutation, CommitOutcome>;

UserKey UserNumber(int user) { return UserNamed(absl::StrFormat("user-%07d", user)); }

std::vector<absl::StatusOr<CommitOutcome>> Apply(MigrationStore& store, absl::Span<const Mutation> mutations) {
  const absl::StatusOr<std::vector<CommitOutcome>> outcomes = store.Apply(mutations);
  CHECK(outcomes.ok()) << outcomes.status();
  return {outcomes->begin(), outcomes->end()};
}

async::Task<> MigrateUsers(Writer& writer, async::Executor& executor, int first, int count) {
  for (int user = first; user < first + count; ++user) {
    Snapshot snapshot;
    snapshot.user = UserProfiles();
    Mutation mutation = MigrateTo("p", UserNumber(user), snapshot);
    mutation.permission.reset();
    absl::StatusOr<CommitOutcome> outcome = co_await writer.Commit(executor, std::move(mutation));
    CHECK(outcome.ok() && *outcome == CommitOutcome::kCommitted) << outcome.status();
  }
}

// Commits a second through one writer, `in_flight` at a time, of users from `first` on. `group`: all that waits in one
// transaction, or one for each.
double Measure(MigrationStore& store, int first, int in_flight, bool group) {
  async::ManualExecutor executor;
  Writer writer(
      [&](std::vector<Mutation> mutations) {
        if (group) return Apply(store, mutations);
        std::vector<absl::StatusOr<CommitOutcome>> outcomes;
        for (const Mutation& mutation : mutations) outcomes.push_back(Apply(store, {&mutation, 1}).front());
        return outcomes;
      },
      10'000);
  const int each = kCommits / in_flight;
  const absl::Time begun = absl::Now();
  for (int i = 0; i < in_flight; ++i) {
    executor.Spawn(MigrateUsers(writer, executor, first + i * each, each));
  }
  while (executor.live() > 0) {
    executor.RunUntilIdle();
    if (executor.live() > 0) CHECK(executor.WaitForWork(absl::Seconds(30)));
  }
  return each * in_flight / absl::ToDoubleSeconds(absl::Now() - begun);
}

double Median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

void Print(const std::string& what, const std::vector<double>& rates) {
  absl::PrintF("%-48s %8.0f /s (%.0f to %.0f)\n", what, Median(rates), *std::min_element(rates.begin(), rates.end()),
               *std::max_element(rates.begin(), rates.end()));
}

double ImportRate(MigrationStore& store, int users) {
  const absl::Time begun = absl::Now();
  std::vector<MigrationStore::ProfileEntry> batch;
  for (int user = 0; user < users; ++user) {
    batch.push_back(ProfileOf(UserNumber(user), 1));
    if (batch.size() < 1000 && user + 1 < users) continue;
    CHECK(store.ImportProfiles(batch).ok());
    batch.clear();
  }
  return users / absl::ToDoubleSeconds(absl::Now() - begun);
}

double ReadRate(MigrationStore& store, int users) {
  const absl::Time begun = absl::Now();
  for (int i = 0; i < kReads; ++i) {
    CHECK(store.Read(UserNumber(static_cast<int>(int64_t{i} * 7919 % users)), "p").ok());
  }
  return kReads / absl::ToDoubleSeconds(absl::Now() - begun);
}

void Run(int users) {
  harness::PostgreSqlServer server(harness::PostgreSqlServer::Disk::kSynced);
  const std::string connection = server.ConnectionString(server.NewDatabase());
  std::vector<std::unique_ptr<MigrationStore>> stores;
  for (int i = 0; i < 2; ++i) {
    auto store = PostgreSqlMigrationStore::Open({.connection_string = connection});
    CHECK(store.ok()) << store.status();
    stores.push_back(*std::move(store));
  }
  MigrationStore& store = *stores.front();
  Print("profiles imported, 1000 at a time", {ImportRate(store, users)});

  std::vector<double> grouped;
  std::vector<double> single;
  std::vector<double> ratios;
  std::vector<double> shared;
  std::vector<double> reads;
  int next = 0;
  for (int round = 0; round < kRounds; ++round, next += 4 * kCommits) {
    grouped.push_back(Measure(store, next, kInFlight, true));
    single.push_back(Measure(store, next + kCommits, kInFlight, false));
    ratios.push_back(grouped.back() / single.back());
    double other = 0;
    std::thread second([&] { other = Measure(*stores.back(), next + 2 * kCommits, kInFlight / 2, true); });
    const double one = Measure(store, next + 3 * kCommits, kInFlight / 2, true);
    second.join();
    shared.push_back(one + other);
    reads.push_back(ReadRate(store, users));
  }
  Print("commits in groups, 64 in flight", grouped);
  Print("one transaction each, 64 in flight", single);
  Print("two servers, in groups, 32 in flight each", shared);
  Print("snapshots read, one at a time", reads);
  absl::PrintF("groups to one transaction each: %.1f (%.1f to %.1f)\n", Median(ratios),
               *std::min_element(ratios.begin(), ratios.end()), *std::max_element(ratios.begin(), ratios.end()));
}

}  // namespace
}  // namespace mcmig::migration

int main(int argc, char** argv) {
  int users = 50'000;
  if (argc > 2 || (argc == 2 && !absl::SimpleAtoi(argv[1], &users))) {
    std::cerr << "usage: commit_benchmark [users]\n";
    return 2;
  }
  mcmig::migration::Run(users);
  return 0;
}
