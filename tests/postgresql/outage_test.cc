// PostgreSQL servers that stop, hang and fail over under load: what was acknowledged stays, what cannot be done is
// UNAVAILABLE in time, and service resumes by itself.
#include <algorithm>
#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "common/register/postgresql/migration_store.h"
#include "common/register/postgresql/session.h"
#include "common/register/testing/migration_store_values.h"
#include "gtest/gtest.h"
#include "tests/harness/postgresql_server.h"

namespace mcmig::migration {
namespace {

using harness::PostgreSqlServer;

// Of one operation: the wait for a connection, the connection, the statement.
constexpr absl::Duration kLongest = absl::Seconds(9);

void WaitUntil(const std::function<bool()>& done) {
  const absl::Time deadline = absl::Now() + absl::Seconds(60);
  while (!done()) {
    ASSERT_LT(absl::Now(), deadline);
    absl::SleepFor(absl::Milliseconds(5));
  }
}

absl::Status Migrate(MigrationStore& store, const std::string& name) {
  const UserKey user = UserNamed(name);
  const absl::StatusOr<Snapshot> snapshot = store.Read(user, "p");
  if (!snapshot.ok()) return snapshot.status();
  return store.Apply({MigrateTo("p", user, *snapshot)}).status();
}

std::unique_ptr<MigrationStore> Open(const std::string& connection_string) {
  auto store = PostgreSqlMigrationStore::Open({.connection_string = connection_string});
  EXPECT_TRUE(store.ok()) << store.status();
  return store.ok() ? *std::move(store) : nullptr;
}

// A server with a user of its own whom it migrates over and over, until it is destroyed.
class Load {
 public:
  Load(const std::string& connection_string, std::string name)
      : name_(std::move(name)), store_(Open(connection_string)), thread_([this] { Run(); }) {}
  ~Load() { Stop(); }
  Load(const Load&) = delete;
  Load& operator=(const Load&) = delete;

  void Stop() {
    stop_ = true;
    if (thread_.joinable()) thread_.join();
  }
  // Returns once that many more have been acknowledged, or refused.
  void Acknowledge(int more) const { Await(acknowledged_, more); }
  void Refuse(int more) const { Await(refused_, more); }

  // The highest counter that was acknowledged is on record, and every change before it.
  void Check(MigrationStore& store) const {
    const absl::StatusOr<Snapshot> snapshot = store.Read(UserNamed(name_), "p");
    ASSERT_TRUE(snapshot.ok() && snapshot->record);
    const uint64_t counter = snapshot->record->epoch.counter;
    EXPECT_GE(counter, highest_);
    EXPECT_EQ(store.ListHistory(UserNamed(name_), 0, counter + 1)->size(), counter);
    EXPECT_LT(longest_, kLongest);
  }

 private:
  static void Await(const std::atomic<int>& count, int more) {
    const int before = count;
    WaitUntil([&] { return count >= before + more; });
  }

  void Run() {
    while (!stop_) {
      const absl::Time begun = absl::Now();
      const absl::Status status = Once();
      longest_ = std::max(longest_, absl::Now() - begun);
      if (status.ok()) ++acknowledged_;
      if (status.ok()) continue;
      EXPECT_EQ(status.code(), absl::StatusCode::kUnavailable) << status;
      ++refused_;
    }
  }
  absl::Status Once() {
    const UserKey user = UserNamed(name_);
    const absl::StatusOr<Snapshot> snapshot = store_->Read(user, "p");
    if (!snapshot.ok()) return snapshot.status();
    const Mutation mutation = MigrateTo("p", user, *snapshot);
    const absl::StatusOr<std::vector<CommitOutcome>> outcomes = store_->Apply({mutation});
    if (!outcomes.ok()) return outcomes.status();
    // Nobody else changes this user; the attempt whose outcome was unknown may have come in between.
    if (outcomes->front() == CommitOutcome::kCommitted) highest_ = mutation.record.epoch.counter;
    return absl::OkStatus();
  }

  const std::string name_;
  const std::unique_ptr<MigrationStore> store_;
  std::atomic<bool> stop_ = false;
  std::atomic<int> acknowledged_ = 0;
  std::atomic<int> refused_ = 0;
  // Read once the thread has ended.
  uint64_t highest_ = 0;
  absl::Duration longest_;
  std::thread thread_;
};

TEST(OutageTest, ServiceResumesAfterTheServerWasStoppedOrKilledAndNothingIsLost) {
  PostgreSqlServer server(PostgreSqlServer::Disk::kSynced);
  const std::string connection = server.ConnectionString(server.NewDatabase());
  Load load(connection, "alice");
  Load other(connection, "bob");
  for (const bool kill : {false, true}) {
    load.Acknowledge(5);
    kill ? server.Kill() : server.Stop();
    load.Refuse(2);
    other.Refuse(2);
    server.Start();
    load.Acknowledge(5);
    other.Acknowledge(5);
  }
  load.Stop();
  other.Stop();
  const auto store = Open(connection);
  load.Check(*store);
  other.Check(*store);
}

TEST(OutageTest, WriterThatHangsHoldsUpOthersForABoundedTimeAndNoReads) {
  PostgreSqlServer server(PostgreSqlServer::Disk::kNotSynced);
  const std::string database = server.NewDatabase();
  const auto store = Open(server.ConnectionString(database));
  ASSERT_TRUE(Migrate(*store, "alice").ok());
  const auto hanging =
      postgresql::OpenSession({.connection_string = server.ConnectionString(database)}, "mcmig_migrations");
  ASSERT_TRUE(hanging.ok()) << hanging.status();
  ASSERT_TRUE(hanging->connection
                  ->Run({{{.sql = "BEGIN"}, {}}, {{.sql = "SELECT FROM store FOR UPDATE"}, {}}}, absl::Seconds(5))
                  .ok());
  const absl::Time begun = absl::Now();
  EXPECT_EQ(Migrate(*store, "bob").code(), absl::StatusCode::kUnavailable);
  EXPECT_LT(absl::Now() - begun, kLongest);
  EXPECT_TRUE(store->Read(UserNamed("alice"), "p").ok());
  // The server ends its session.
  WaitUntil([&] { return Migrate(*store, "bob").ok(); });
}

TEST(OutageTest, SessionsThatTheServerEndedAreReplacedUnnoticed) {
  PostgreSqlServer server(PostgreSqlServer::Disk::kNotSynced);
  const std::string database = server.NewDatabase();
  const auto store = Open(server.ConnectionString(database));
  for (int round = 0; round < 3; ++round) {
    ASSERT_TRUE(Migrate(*store, absl::StrCat("user", round)).ok());
    server.Query("postgres",
                 "SELECT pg_terminate_backend(pid, 10000)::text FROM pg_stat_activity WHERE usename = 'server'");
  }
  EXPECT_TRUE(Migrate(*store, "alice").ok());
}

// A primary, a standby that its commits wait for, and programs that know both.
class FailoverTest : public testing::Test {
 protected:
  void SetUp() override {
    database_ = primary_.NewDatabase();
    standby_ = std::make_unique<PostgreSqlServer>(&primary_);
    WaitUntil([this] { return SyncState() != ""; });
  }
  std::string SyncState() {
    const auto states =
        primary_.Query("postgres", "SELECT sync_state FROM pg_stat_replication WHERE state = 'streaming'");
    return states.empty() ? "" : states.front();
  }
  void WaitForStandby() {
    primary_.Query("postgres", "ALTER SYSTEM SET synchronous_standby_names = 'standby'");
    primary_.Query("postgres", "SELECT pg_reload_conf()::text");
    WaitUntil([this] { return SyncState() == "sync"; });
  }
  [[nodiscard]] std::string Either() const {
    return PostgreSqlServer::ConnectionString({&primary_, standby_.get()}, database_);
  }

  PostgreSqlServer primary_{PostgreSqlServer::Disk::kSynced};
  std::unique_ptr<PostgreSqlServer> standby_;
  std::string database_;
};

TEST_F(FailoverTest, StandbysThatNoCommitWaitsForAreRefusedUnlessAllowed) {
  const absl::Status refused = PostgreSqlMigrationStore::Open({.connection_string = Either()}).status();
  EXPECT_EQ(refused.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_TRUE(absl::StrContains(refused.message(), "synchronous_standby_names")) << refused;
  EXPECT_TRUE(
      PostgreSqlMigrationStore::Open({.connection_string = Either(), .allow_asynchronous_standbys = true}).ok());
  WaitForStandby();
  EXPECT_TRUE(PostgreSqlMigrationStore::Open({.connection_string = Either()}).ok());
}

TEST_F(FailoverTest, CommitThatNoStandbyHasIsNotAcknowledged) {
  WaitForStandby();
  const auto store = Open(Either());
  ASSERT_TRUE(Migrate(*store, "alice").ok());
  standby_->Stop();
  for (int attempt = 0; attempt < 2; ++attempt) {
    const absl::Time begun = absl::Now();
    EXPECT_EQ(Migrate(*store, "bob").code(), absl::StatusCode::kUnavailable);
    EXPECT_LT(absl::Now() - begun, kLongest);
  }
  standby_->Start();
  WaitUntil([&] { return Migrate(*store, "bob").ok(); });
}

TEST_F(FailoverTest, NoAcknowledgedCommitIsLostWhenTheStandbyTakesOverAndTheFormerPrimaryIsNotUsedAgain) {
  WaitForStandby();
  Load load(Either(), "alice");
  Load other(Either(), "bob");
  load.Acknowledge(20);
  other.Acknowledge(20);
  primary_.Kill();
  load.Refuse(1);
  standby_->Promote();
  load.Acknowledge(20);
  other.Acknowledge(20);

  // It comes back as if nothing had happened, and is the first that the connection string names.
  primary_.Start();
  standby_->Query("postgres", "SELECT pg_terminate_backend(pid)::text FROM pg_stat_activity WHERE usename = 'server'");
  load.Refuse(2);
  primary_.Stop();
  load.Acknowledge(5);
  load.Stop();
  other.Stop();
  const auto store = Open(standby_->ConnectionString(database_));
  load.Check(*store);
  other.Check(*store);
  const std::vector<JournalEntry> journal = *store->ListJournal(0, 100'000);
  EXPECT_EQ(journal.size(), store->Read(UserNamed("alice"), "p")->record->epoch.counter +
                                store->Read(UserNamed("bob"), "p")->record->epoch.counter);
}

}  // namespace
}  // namespace mcmig::migration
