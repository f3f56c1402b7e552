// Several servers that share the registers in one PostgreSQL database behave as one, and what does not fit is refused.
#include <atomic>
#include <cstdint>
#include <memory>
#include <set>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "common/async/clock.h"
#include "common/register/migration_register.h"
#include "common/register/postgresql/migration_store.h"
#include "common/register/postgresql/session.h"
#include "common/register/postgresql/visitor_store.h"
#include "common/register/testing/migration_store_values.h"
#include "common/register/testing/visitor_store_values.h"
#include "gtest/gtest.h"
#include "services/primary_server/journal_tail.h"
#include "services/primary_server/resume_token.h"
#include "tests/harness/postgresql_server.h"

namespace mcmig::migration {
namespace {

using harness::PostgreSqlServer;

PostgreSqlServer& Server() {
  static PostgreSqlServer server(PostgreSqlServer::Disk::kNotSynced);
  return server;
}

absl::StatusOr<std::unique_ptr<MigrationStore>> Open(const std::string& database) {
  return PostgreSqlMigrationStore::Open({.connection_string = Server().ConnectionString(database)});
}

UserKey UserNumber(int user) { return UserNamed(absl::StrCat("user", user)); }

// Takes each user from wherever he is to `partner`, `rounds` times, in groups of all of them in this order or the
// reverse: how often that was committed. What it decided on may have changed by then.
int MigrateAll(MigrationStore& store, const std::string& partner, int users, int rounds, bool reverse) {
  int committed = 0;
  for (int round = 0; round < rounds; ++round) {
    std::vector<Mutation> group;
    for (int i = 0; i < users; ++i) {
      const UserKey user = UserNumber(reverse ? users - 1 - i : i);
      const absl::StatusOr<Snapshot> snapshot = store.Read(user, partner);
      EXPECT_TRUE(snapshot.ok()) << snapshot.status();
      if (!snapshot.ok()) return committed;
      group.push_back(MigrateTo(partner, user, *snapshot));
    }
    const absl::StatusOr<std::vector<CommitOutcome>> outcomes = store.Apply(group);
    EXPECT_TRUE(outcomes.ok()) << outcomes.status();
    if (!outcomes.ok()) return committed;
    for (const CommitOutcome outcome : *outcomes) {
      if (outcome == CommitOutcome::kCommitted) ++committed;
      if (outcome != CommitOutcome::kCommitted) EXPECT_EQ(outcome, CommitOutcome::kRecordChanged);
    }
  }
  return committed;
}

class TwoServersTest : public testing::Test {
 protected:
  void SetUp() override {
    for (auto* store : {&first_, &second_, &third_}) {
      auto opened = Open(database_);
      ASSERT_TRUE(opened.ok()) << opened.status();
      *store = *std::move(opened);
    }
  }

  const std::string database_ = Server().NewDatabase();
  std::unique_ptr<MigrationStore> first_;
  std::unique_ptr<MigrationStore> second_;
  std::unique_ptr<MigrationStore> third_;
};

TEST_F(TwoServersTest, OfTwoChangesDecidedOnTheSameRecordOneWins) {
  for (int round = 0; round < 100; ++round) {
    const UserKey user = UserNumber(round);
    const Mutation to_p = MigrateTo("p", user, *first_->Read(user, "p"));
    const Mutation to_q = MigrateTo("q", user, *second_->Read(user, "q"));
    absl::StatusOr<std::vector<CommitOutcome>> of_p;
    std::thread other([&] { of_p = first_->Apply({to_p}); });
    const absl::StatusOr<std::vector<CommitOutcome>> of_q = second_->Apply({to_q});
    other.join();
    ASSERT_TRUE(of_p.ok() && of_q.ok()) << of_p.status() << of_q.status();
    const bool p_won = of_p->front() == CommitOutcome::kCommitted;
    EXPECT_EQ(of_q->front(), p_won ? CommitOutcome::kRecordChanged : CommitOutcome::kCommitted);
    EXPECT_EQ(third_->Read(user, "p")->record->partner_system, p_won ? "p" : "q");
  }
  EXPECT_EQ(*first_->CountMigrated(), 100U);
  EXPECT_EQ(third_->ListJournal(0, 1000)->size(), 100U);
}

TEST_F(TwoServersTest, WhoFollowsTheJournalSeesEveryChangeOnceWhileTwoServersCommitTheSameUsers) {
  constexpr int kUsers = 20;
  constexpr int kRounds = 40;
  std::atomic<int> writing = 2;
  std::atomic<int> committed = 0;
  const auto write = [&](MigrationStore& store, const std::string& partner, bool reverse) {
    committed += MigrateAll(store, partner, kUsers, kRounds, reverse);
    --writing;
  };
  std::thread forward([&] { write(*first_, "p", false); });
  std::thread backward([&] { write(*second_, "q", true); });
  std::vector<uint64_t> seen;
  for (bool last = false; !last;) {
    last = writing == 0;  // what is read after this is all
    for (;;) {
      const auto entries = third_->ListJournal(seen.empty() ? 0 : seen.back(), 7);
      if (!entries.ok() || entries->empty()) break;
      for (const JournalEntry& entry : *entries) seen.push_back(entry.sequence);
    }
  }
  forward.join();
  backward.join();
  const std::vector<JournalEntry> journal = *third_->ListJournal(0, 100'000);
  ASSERT_EQ(seen.size(), journal.size());
  for (size_t i = 0; i < journal.size(); ++i) EXPECT_EQ(seen[i], journal[i].sequence);
  EXPECT_EQ(journal.size(), static_cast<size_t>(committed));
  EXPECT_GE(committed, kUsers * kRounds);
  // And each user's changes are one chain.
  for (int user = 0; user < kUsers; ++user) {
    const std::vector<JournalEntry> history = *third_->ListHistory(UserNumber(user), 0, 1000);
    for (size_t i = 0; i < history.size(); ++i) EXPECT_EQ(history[i].epoch.counter, history.size() - i);
    for (size_t i = 0; i + 1 < history.size(); ++i) EXPECT_EQ(history[i].before, history[i + 1].after);
  }
}

TEST_F(TwoServersTest, AWatchThatIsResumedAtOneServerAndTheOtherLeavesNothingOutWhileBothCommit) {
  constexpr int kUsers = 20;
  constexpr int kRounds = 20;
  std::atomic<int> writing = 2;
  const auto write = [&](MigrationStore& store, const std::string& partner, bool reverse) {
    MigrateAll(store, partner, kUsers, kRounds, reverse);
    --writing;
  };
  const async::SystemClock clock;
  const MigrationRegister at_first(*first_);
  const MigrationRegister at_second(*second_);
  primary_server::JournalTail tails[] = {{at_first, clock}, {at_second, clock}};
  const primary_server::JournalPlace begin = *tails[0].End();
  std::thread forward([&] { write(*first_, "p", false); });
  std::thread backward([&] { write(*third_, "q", true); });

  std::string token = primary_server::ResumeToken(begin);
  std::vector<uint64_t> seen;
  int turn = 0;
  for (bool last = false, more = true; !last || more; ++turn) {
    last = writing == 0;  // what is read after this is all
    const primary_server::JournalPlace place = *primary_server::ParseResumeToken(token);
    const auto page = tails[turn % 2].After(place);
    ASSERT_TRUE(page.ok()) << page.status();
    more = !(*page)->empty();
    for (const JournalEntry& entry : **page) seen.push_back(entry.sequence);
    if (more) {
      token = primary_server::ResumeToken(
          {.incarnation = place.incarnation, .sequence = seen.back(), .at = (*page)->back().at});
    }
  }
  forward.join();
  backward.join();
  const std::vector<JournalEntry> journal = *third_->ListJournal(0, 100'000);
  ASSERT_EQ(seen.size(), journal.size());
  for (size_t i = 0; i < journal.size(); ++i) EXPECT_EQ(seen[i], journal[i].sequence);
  EXPECT_GE(seen.size(), static_cast<size_t>(kUsers * kRounds));
  // The same entry again, whoever is asked; and none of another history.
  Server().Query(database_, "UPDATE mcmig_migrations.store SET incarnation = incarnation + 1");
  const auto restored = Open(database_);
  ASSERT_TRUE(restored.ok()) << restored.status();
  const MigrationRegister at_restored(**restored);
  primary_server::JournalTail tail(at_restored, clock);
  EXPECT_EQ(tail.After(*primary_server::ParseResumeToken(token)).status().code(),
            absl::StatusCode::kFailedPrecondition);
}

TEST_F(TwoServersTest, ProfilesImportedAtTheSameTimeAreAllThere) {
  const UserKey alice = UserNamed("alice");
  const auto import = [&alice](MigrationStore& store, uint8_t from) {
    for (uint8_t index = from; index < from + 50; ++index) {
      EXPECT_TRUE(store.ImportProfiles({ProfileOf(alice, index)}).ok());
      EXPECT_TRUE(store.SetAgreements({{absl::StrCat("p", index), {protocol::McService::kMcptt}}}).ok());
    }
  };
  std::thread other([&] { import(*first_, 0); });
  import(*second_, 100);
  other.join();
  EXPECT_EQ(third_->Read(alice, "p")->user->profiles.size(), 100U);
}

TEST_F(TwoServersTest, AnImportThatWasAnsweredIsSeenByEveryLaterCommit) {
  const UserKey alice = UserNamed("alice");
  ASSERT_TRUE(first_->ImportProfiles({ProfileOf(alice, 1)}).ok());
  const Mutation decided = MigrateTo("p", alice, *second_->Read(alice, "p"));
  ASSERT_TRUE(first_->ImportProfiles({ProfileOf(alice, 1)}).ok());
  EXPECT_EQ(second_->Apply({decided})->front(), CommitOutcome::kProfilesChanged);
}

TEST(SharedVisitorsTest, OfAVisitAndItsCancelAtTheSameTimeNoGhostIsLeft) {
  const std::string connection = Server().ConnectionString(Server().NewDatabase());
  const auto first = PostgreSqlVisitorStore::Open({.connection_string = connection});
  const auto second = PostgreSqlVisitorStore::Open({.connection_string = connection});
  ASSERT_TRUE(first.ok() && second.ok()) << first.status() << second.status();
  for (int round = 0; round < 100; ++round) {
    const std::string name = absl::StrCat("user", round);
    std::thread other([&] { EXPECT_TRUE((*first)->Apply({CancelOf(name, 1, 1)}).ok()); });
    EXPECT_TRUE((*second)->Apply({VisitOf(name, 1, 1)}).ok());
    other.join();
    EXPECT_FALSE((*first)->FindVisitor(VisitorNamed(name))->has_value());
  }
  EXPECT_EQ(*(*second)->CountVisitors(), 0U);
}

TEST(OpenTest, OfServersThatStartAtOnceOneMakesTheTables) {
  const std::string database = Server().NewDatabase();
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&database] {
      const auto store = Open(database);
      ASSERT_TRUE(store.ok()) << store.status();
      EXPECT_EQ((*store)->incarnation(), 1U);
    });
  }
  for (std::thread& thread : threads) thread.join();
}

TEST(OpenTest, LaterSchemaIsRefusedAndNothingIsChanged) {
  const std::string database = Server().NewDatabase();
  ASSERT_TRUE(Open(database).ok());
  Server().Query(database, "UPDATE mcmig_migrations.store SET schema = 7");
  const absl::Status refused = Open(database).status();
  EXPECT_EQ(refused.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_TRUE(absl::StrContains(refused.message(), "mcmig_migrations is of version 7, this program knows 1 to 3"));
  EXPECT_EQ(Server().Query(database, "SELECT schema::text FROM mcmig_migrations.store"), std::vector<std::string>{"7"});
}

TEST(OpenTest, IncarnationIsThatOfTheDatabase) {
  const std::string database = Server().NewDatabase();
  ASSERT_TRUE(Open(database).ok());
  Server().Query(database, "UPDATE mcmig_migrations.store SET incarnation = incarnation + 1");
  EXPECT_EQ((*Open(database))->incarnation(), 2U);
}

TEST(OpenTest, DatabaseWhoseRoleMayMakeNoTablesIsRefused) {
  const absl::Status refused = Open("postgres").status();
  EXPECT_EQ(refused.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_TRUE(absl::StrContains(refused.message(), "permission denied for database postgres")) << refused;
}

TEST(OpenTest, DatabaseOfAnotherEncodingIsRefused) {
  Server().Query("postgres",
                 "CREATE DATABASE latin OWNER server TEMPLATE template0 ENCODING 'SQL_ASCII' LOCALE 'C' "
                 "LOCALE_PROVIDER libc");
  const absl::Status refused = Open("latin").status();
  EXPECT_EQ(refused.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_TRUE(absl::StrContains(refused.message(), "SQL_ASCII")) << refused;
}

TEST(OpenTest, CommitsAreSynchronousWhateverTheDatabaseSays) {
  const std::string database = Server().NewDatabase();
  for (const auto& [set, expected] : std::vector<std::pair<std::string, std::string>>{
           {"off", "on"}, {"local", "on"}, {"remote_write", "on"}, {"remote_apply", "remote_apply"}}) {
    Server().Query("postgres", absl::StrCat("ALTER DATABASE ", database, " SET synchronous_commit = ", set));
    const auto session =
        postgresql::OpenSession({.connection_string = Server().ConnectionString(database)}, "mcmig_migrations");
    ASSERT_TRUE(session.ok()) << session.status();
    const auto rows = session->connection->Run({{{.sql = "SHOW synchronous_commit"}, {}}}, absl::Seconds(5));
    ASSERT_TRUE(rows.ok()) << rows.status();
    EXPECT_EQ(rows->front().Text(0, 0), expected);
  }
}

TEST(OpenTest, NoErrorTellsThePassword) {
  const std::string good = Server().ConnectionString("postgres");
  for (const std::string& bad :
       {absl::StrCat(good, " password=hush-hush"), absl::StrCat("hush-hush ", good), good + " hush-hush",
        std::string("postgresql://server:hush-hush@:::/"), good + " password=hush-hush port=1",
        std::string("host=/nowhere password=hush-hush")}) {
    const absl::Status refused = PostgreSqlMigrationStore::Open({.connection_string = bad}).status();
    EXPECT_FALSE(refused.ok());
    EXPECT_FALSE(absl::StrContains(refused.message(), "hush-hush")) << refused;
    EXPECT_FALSE(absl::StrContains(refused.message(), PostgreSqlServer::Password())) << refused;
  }
}

}  // namespace
}  // namespace mcmig::migration
