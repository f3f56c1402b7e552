// The registers in PostgreSQL are verified and backed up as the embedded ones are.
#include "common/register/verification.h"

#include <algorithm>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "common/register/backup_export.h"
#include "common/register/postgresql/migration_store.h"
#include "common/register/postgresql/visitor_store.h"
#include "common/register/restore.h"
#include "common/register/rocksdb_migration_store.h"
#include "common/register/testing/migration_store_values.h"
#include "common/register/testing/visitor_store_values.h"
#include "gtest/gtest.h"
#include "tests/harness/postgresql_server.h"

namespace mcmig::migration {
namespace {

constexpr int kUsers = 60;
const absl::Time kNow = absl::FromUnixSeconds(1'700'000'000);

harness::PostgreSqlServer& Server() {
  static harness::PostgreSqlServer server(harness::PostgreSqlServer::Disk::kNotSynced);
  return server;
}

// The rules that are broken; `rows`: how many rows were looked at.
std::set<std::string> BrokenRules(const absl::StatusOr<FrozenStore>& frozen, uint64_t* rows = nullptr) {
  EXPECT_TRUE(frozen.ok()) << frozen.status();
  Verification verification(std::move(const_cast<FrozenStore&>(*frozen)), kNow, absl::Seconds(30));
  std::set<std::string> rules;
  for (;;) {
    const absl::StatusOr<Verification::Step> step = verification.Next(7);
    EXPECT_TRUE(step.ok()) << step.status();
    if (!step.ok()) return {"not readable"};
    for (const Finding& finding : step->findings) rules.insert(finding.rule);
    if (rows != nullptr) *rows += step->rows;
    if (step->done) return rules;
  }
}

class MigrationsTest : public testing::Test {
 protected:
  void SetUp() override {
    store_ = *PostgreSqlMigrationStore::Open({.connection_string = Server().ConnectionString(database_)});
    ASSERT_TRUE(store_->SetAgreements({{"p", {protocol::McService::kMcptt}}}).ok());
    for (int i = 0; i < kUsers; ++i) {
      const UserKey user = UserNamed(absl::StrCat("user", i));
      ASSERT_TRUE(store_->ImportProfiles({ProfileOf(user, 1)}).ok());
      Mutation there = MigrateTo("p", user, *store_->Read(user, "p"));
      if (i % 3 == 0) there.record.authorized_until = kNow + absl::Seconds(i);
      Commit(there);
      if (i % 2 == 0) Commit(TakeBack(Change::kRevoked, user, *store_->Read(user, "p")));
    }
  }
  void Commit(const Mutation& mutation) {
    const auto outcomes = store_->Apply({mutation});
    ASSERT_TRUE(outcomes.ok()) << outcomes.status();
    ASSERT_EQ(outcomes->front(), CommitOutcome::kCommitted);
  }
  std::set<std::string> RulesBrokenBy(const std::string& sql) {
    Server().Query(database_, sql);
    return BrokenRules(store_->Freeze());
  }

  const std::string database_ = Server().NewDatabase();
  std::unique_ptr<MigrationStore> store_;
};

TEST_F(MigrationsTest, WhatTheServersWroteIsInOrderAndStaysAsItWasWhileTheyGoOn) {
  uint64_t rows = 0;
  absl::StatusOr<FrozenStore> frozen = store_->Freeze();
  Commit(TakeBack(Change::kRevoked, UserNamed("user1"), *store_->Read(UserNamed("user1"), "p")));
  EXPECT_EQ(BrokenRules(frozen, &rows), std::set<std::string>());
  // Profiles, agreement, records; a change for each, and two for every other, with its cancel; the indexes of those who
  // are migrated.
  EXPECT_EQ(rows, kUsers + 1 + kUsers + kUsers * 3 / 2 + kUsers / 2 + kUsers / 2 + kUsers / 6);
}

TEST_F(MigrationsTest, TotalsThatAreWrongAreFound) {
  using Rules = std::set<std::string>;
  EXPECT_EQ(RulesBrokenBy("UPDATE mcmig_migrations.store SET users = users + 1"), Rules({"records.count"}));
  EXPECT_EQ(RulesBrokenBy("UPDATE mcmig_migrations.store SET users = users - 1, last_version = 1"),
            Rules({"profiles.version"}));
}

TEST_F(MigrationsTest, AColumnThatIsNotAsTheValueIsFound) {
  const auto rules =
      RulesBrokenBy("UPDATE mcmig_migrations.records SET counter = counter + 1 WHERE canonical_id LIKE '%user1@%'");
  EXPECT_TRUE(rules.contains("records.readable"));
}

TEST_F(MigrationsTest, AnIndexedColumnThatIsNotAsTheValueIsFound) {
  const auto rules =
      RulesBrokenBy("UPDATE mcmig_migrations.records SET partner_system = 'q' WHERE canonical_id LIKE '%user1@%'");
  EXPECT_EQ(rules, std::set<std::string>({"by_partner.record", "records.by_partner"}));
}

TEST_F(MigrationsTest, ALostChangeIsFound) {
  const auto rules = RulesBrokenBy("DELETE FROM mcmig_migrations.journal WHERE sequence > 80");
  EXPECT_TRUE(rules.contains("records.last_change"));
}

TEST_F(MigrationsTest, ACancelWithoutItsChangeIsFound) {
  const auto rules = RulesBrokenBy("UPDATE mcmig_migrations.outbox SET sequence = 100000 + sequence");
  EXPECT_TRUE(rules.contains("outbox.journal"));
}

TEST_F(MigrationsTest, ABackupMakesAnEmbeddedStore) {
  BackupExport backup(*store_->Freeze(), "north", kNow);
  std::vector<v1::BackupPage> pages;
  while (!backup.done()) pages.push_back(*backup.Next());
  const std::string directory = testing::TempDir() + "/out-of-postgresql";
  const auto restored = RestoreRocksDb(directory, [&pages]() -> absl::StatusOr<BackupPages> {
    return [&pages, next = size_t{0}]() mutable -> absl::StatusOr<std::optional<v1::BackupPage>> {
      if (next == pages.size()) return std::nullopt;
      return pages[next++];
    };
  });
  ASSERT_TRUE(restored.ok()) << restored.status();
  const auto embedded = *OpenRocksDbMigrationStore(directory);
  EXPECT_EQ(BrokenRules(embedded->Freeze()), std::set<std::string>());
  EXPECT_EQ(*embedded->CountMigrated(), *store_->CountMigrated());
  EXPECT_EQ(embedded->Read(UserNamed("user1"), "p")->record->epoch,
            store_->Read(UserNamed("user1"), "p")->record->epoch);
}

TEST_F(MigrationsTest, AnIncarnationThatWasRaisedWaitsForReconciliationAtEveryServer) {
  const auto open = [this] {
    return *PostgreSqlMigrationStore::Open({.connection_string = Server().ConnectionString(database_)});
  };
  EXPECT_FALSE(*store_->ReconciliationPending());
  Server().Query(database_, "UPDATE mcmig_migrations.store SET incarnation = incarnation + 1");
  store_.reset();
  const auto first = open();
  const auto second = open();
  EXPECT_EQ(first->incarnation(), 2U);
  EXPECT_TRUE(*first->ReconciliationPending());
  EXPECT_TRUE(*second->ReconciliationPending());
  ASSERT_TRUE(first->SetReconciled().ok());
  EXPECT_FALSE(*second->ReconciliationPending());
}

TEST(Visitors, AreVerified) {
  const std::string database = Server().NewDatabase();
  const auto store = *PostgreSqlVisitorStore::Open({.connection_string = Server().ConnectionString(database)});
  for (int i = 0; i < kUsers; ++i) {
    ASSERT_TRUE(store->Apply({VisitOf(absl::StrCat("user", i), 1, 1)}).ok());
    if (i % 2 == 0) ASSERT_TRUE(store->Apply({CancelOf(absl::StrCat("user", i), 1, 1)}).ok());
  }
  uint64_t rows = 0;
  EXPECT_EQ(BrokenRules(store->Freeze(), &rows), std::set<std::string>());
  EXPECT_EQ(rows, kUsers);
  Server().Query(
      database,
      "INSERT INTO mcmig_visitors.cancelled "
      "SELECT v.primary_system, v.canonical_id, v.service, 1, 1, 0, c.value "
      "FROM mcmig_visitors.visitors v, mcmig_visitors.cancelled c WHERE v.canonical_id LIKE '%user1@%' LIMIT 1");
  Server().Query(database, "UPDATE mcmig_visitors.store SET users = 1");
  EXPECT_EQ(BrokenRules(store->Freeze()), std::set<std::string>({"visitors.cancelled", "visitors.count"}));
}

}  // namespace
}  // namespace mcmig::migration
