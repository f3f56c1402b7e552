#include "services/primary_server/recheck.h"

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "services/testing/doors.h"
#include "services/testing/faulty_stores.h"

namespace mcmig::primary_server {
namespace {

using migration::MigrationStore;
using migration::State;
using migration::UserKey;
using protocol::McService;

std::string EmptyDirectory() {
  const std::string directory = ::testing::TempDir() + "/recheck";
  std::filesystem::remove_all(directory);
  return directory + "/store";
}

UserKey User(int number) { return {absl::StrCat("sip:user", 1000 + number, "@north.example"), McService::kMcptt}; }

MigrationStore::ProfileEntry ProfileFor(const UserKey& key, bool enabled) {
  migration::Profile profile;
  profile.index = 3;
  profile.enabled = enabled;
  profile.partner_systems = {{"south", ""}, {"east", ""}};
  return {.key = key, .mc_service_id = key.canonical_id, .profile = profile};
}

class RecheckTest : public ::testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(store_.SetAgreements({{"south", {McService::kMcptt}}, {"east", {McService::kMcptt}}}).ok());
  }
  // Migrated with profile 3.
  void Migrate(const UserKey& key, const std::string& partner) {
    ASSERT_TRUE(store_.ImportProfiles({ProfileFor(key, true)}).ok());
    const migration::Snapshot before = *store_.Read(key, partner);
    migration::Mutation mutation;
    mutation.key = key;
    if (before.record) mutation.expected_epoch = before.record->epoch;
    mutation.record.epoch = {1, mutation.expected_epoch.counter + 1};
    mutation.record.state = State::kMigrated;
    mutation.record.primary_mc_service_id = key.canonical_id;
    mutation.record.partner_system = partner;
    mutation.record.profile_index = 3;
    ASSERT_EQ(store_.Apply({mutation})->front(), migration::CommitOutcome::kCommitted);
  }
  absl::StatusOr<bool> Check(const UserKey& key) {
    return executor_.Run(recheck_.CheckUser(executor_, key)).value_or(absl::InternalError("did not end"));
  }
  // All pages, with the pauses between them.
  absl::StatusOr<Recheck::Count> CheckAll(const std::string& partner) {
    std::optional<absl::StatusOr<Recheck::Count>> count;
    executor_.Spawn(Keep(recheck_.CheckAll(executor_, partner), &count));
    executor_.RunUntilIdle();
    while (!count) {
      if (executor_.NextTimer() < absl::InfiniteFuture()) {
        ++pauses_;
        executor_.AdvanceTo(executor_.NextTimer());
      } else if (!executor_.WaitForWork(absl::Seconds(30))) {
        return absl::InternalError("did not end");
      }
      executor_.RunUntilIdle();
    }
    return *count;
  }
  static async::Task<> Keep(async::Task<absl::StatusOr<Recheck::Count>> task,
                            std::optional<absl::StatusOr<Recheck::Count>>* count) {
    absl::StatusOr<Recheck::Count> result = co_await task;
    count->emplace(std::move(result));
  }
  State StateOf(const UserKey& key) { return store_.Read(key, "")->record->state; }

  async::ManualExecutor executor_;
  testing::FaultyMigrationStore store_{EmptyDirectory()};
  migration::MigrationRegister migrations_{store_};
  Recheck recheck_{migrations_, executor_, {}};
  int pauses_ = 0;
};

TEST_F(RecheckTest, WhoIsStillPermittedStays) {
  Migrate(User(1), "south");
  EXPECT_FALSE(*Check(User(1)));
  EXPECT_FALSE(*Check(User(2)));
  EXPECT_EQ(StateOf(User(1)), State::kMigrated);
}

TEST_F(RecheckTest, AProfileThatIsDisabledTakesTheUserBackWithACancel) {
  Migrate(User(1), "south");
  ASSERT_TRUE(store_.ImportProfiles({ProfileFor(User(1), false)}).ok());
  EXPECT_TRUE(*Check(User(1)));
  EXPECT_FALSE(*Check(User(1)));
  EXPECT_EQ(StateOf(User(1)), State::kAtPrimary);
  EXPECT_EQ(store_.ListHistory(User(1), 0, 9)->front().change, migration::Change::kWithdrawn);
  EXPECT_EQ(store_.ListOutbox("south", 0, 9)->size(), 1U);
}

TEST_F(RecheckTest, AProfileThatIsBackBeforeTheCommitLeavesTheUserThere) {
  Migrate(User(1), "south");
  ASSERT_TRUE(store_.ImportProfiles({ProfileFor(User(1), false)}).ok());
  store_.before_apply = [](MigrationStore& store) {
    ASSERT_TRUE(store.ImportProfiles({ProfileFor(User(1), true)}).ok());
  };
  EXPECT_FALSE(*Check(User(1)));
  EXPECT_EQ(StateOf(User(1)), State::kMigrated);
}

TEST_F(RecheckTest, AnAgreementThatIsGoneTakesBackAllWhoAreThereAndNobodyElse) {
  const int users = static_cast<int>(Recheck::kPage) * 2;
  for (int i = 0; i < users; ++i) Migrate(User(i), i % 2 == 0 ? "south" : "east");
  ASSERT_TRUE(store_.SetAgreements({{"east", {McService::kMcptt}}}).ok());
  const absl::StatusOr<Recheck::Count> count = CheckAll("");
  ASSERT_TRUE(count.ok()) << count.status();
  EXPECT_EQ(count->checked, static_cast<uint64_t>(users));
  EXPECT_EQ(count->taken_back, static_cast<uint64_t>(users) / 2);
  EXPECT_EQ(pauses_, 2);
  EXPECT_EQ(*store_.CountMigrated(), static_cast<uint64_t>(users) / 2);
  EXPECT_TRUE(store_.ListRecordsAt("south", std::nullopt, 9)->entries.empty());
}

TEST_F(RecheckTest, UsersAtOnePartnerAreCheckedAlone) {
  Migrate(User(1), "south");
  Migrate(User(2), "east");
  ASSERT_TRUE(store_.SetAgreements({}).ok());
  EXPECT_EQ(CheckAll("east")->taken_back, 1U);
  EXPECT_EQ(StateOf(User(1)), State::kMigrated);
  EXPECT_EQ(StateOf(User(2)), State::kAtPrimary);
}

TEST_F(RecheckTest, AStoreThatFailsIsAskedAgainLater) {
  Migrate(User(1), "south");
  ASSERT_TRUE(store_.SetAgreements({}).ok());
  store_.full = true;
  EXPECT_EQ(Check(User(1)).status().code(), absl::StatusCode::kUnavailable);
  std::optional<absl::StatusOr<Recheck::Count>> count;
  executor_.Spawn(Keep(recheck_.CheckAll(executor_, ""), &count));
  executor_.RunUntilIdle();
  while (executor_.NextTimer() == absl::InfiniteFuture()) {
    ASSERT_TRUE(executor_.WaitForWork(absl::Seconds(30)));
    executor_.RunUntilIdle();
  }
  EXPECT_FALSE(count.has_value());
  store_.full = false;
  executor_.AdvanceBy(Recheck::kPauseAfterError);
  while (!count) {
    ASSERT_TRUE(executor_.WaitForWork(absl::Seconds(30)));
    executor_.RunUntilIdle();
  }
  EXPECT_EQ((*count)->taken_back, 1U);
}

}  // namespace
}  // namespace mcmig::primary_server
