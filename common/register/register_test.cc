#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "common/async/manual_executor.h"
#include "common/ops/metrics.h"
#include "common/ops/testing/exposition.h"
#include "common/register/migration_register.h"
#include "common/register/rocksdb_migration_store.h"
#include "common/register/rocksdb_visitor_store.h"
#include "common/register/testing/failing_disk.h"
#include "common/register/testing/migration_store_values.h"
#include "common/register/testing/rocksdb_place.h"
#include "common/register/transition.h"
#include "common/register/visitor_register.h"
#include "gtest/gtest.h"

namespace mcmig::migration {
namespace {

using protocol::Cause;
using protocol::Decision;

// A migration register on a disk that can fail, with a profile of alice and agreements with p and q.
class MigrationRegisterTest : public testing::Test {
 protected:
  void SetUp() override {
    auto opened = RocksDbMigrationStore::Open(NewStoreDirectory(), env_.get());
    ASSERT_TRUE(opened.ok()) << opened.status();
    store_ = *std::move(opened);
    const std::vector<protocol::McService> services = {protocol::McService::kMcptt};
    ASSERT_TRUE(store_->SetAgreements({{"p", services}, {"q", services}}).ok());
    ASSERT_TRUE(store_->ImportProfiles({ProfileOf(alice_, 1)}).ok());
    register_.emplace(*store_, MigrationRegister::kMaxWaiting, &metrics_);
  }

  AuthorizeCommand CommandBy(const identity::SystemName& partner, uint8_t id) {
    AuthorizeCommand command;
    command.key = alice_;
    command.primary_mc_service_id = alice_.canonical_id;
    command.partner_system = partner;
    command.request_id.bytes[0] = id;
    command.digest[0] = id;
    command.issued_at = executor_.Now();
    return command;
  }

  // Step 7 as a handler does it, with step 6 left out.
  async::Task<absl::StatusOr<Decision>> Authorize(AuthorizeCommand command, Policy policy) {
    CommitOutcome outcome = CommitOutcome::kCommitted;
    for (int attempt = 0;; ++attempt) {
      absl::StatusOr<Snapshot> snapshot = register_->Read(command.key, command.partner_system);
      if (!snapshot.ok()) co_return snapshot.status();
      std::optional<Decision> answer = AnswerFromMemory(*snapshot, command, executor_.Now(), policy);
      if (!answer && attempt > 0) answer = AnswerAfterConflict(outcome, attempt, *snapshot, command);
      if (answer) co_return *answer;
      absl::StatusOr<Plan> plan = PlanAuthorization(*snapshot, command, executor_.Now(), policy);
      if (!plan.ok()) co_return plan.status();
      if (!plan->mutation) co_return plan->decision;
      absl::StatusOr<CommitOutcome> committed = co_await register_->Commit(executor_, *std::move(plan->mutation));
      if (!committed.ok()) co_return committed.status();
      if (*committed == CommitOutcome::kCommitted) co_return plan->decision;
      outcome = *committed;
    }
  }
  async::Task<> Note(AuthorizeCommand command, Policy policy, std::vector<absl::StatusOr<Decision>>* decisions) {
    absl::StatusOr<Decision> decision = co_await Authorize(std::move(command), policy);
    decisions->push_back(std::move(decision));
  }

  // Begins all at once, so that they decide on the same snapshot, and waits for all.
  std::vector<absl::StatusOr<Decision>> AtOnce(const std::vector<AuthorizeCommand>& commands, const Policy& policy) {
    std::vector<absl::StatusOr<Decision>> decisions;
    for (const AuthorizeCommand& command : commands) executor_.Spawn(Note(command, policy, &decisions));
    while (executor_.live() > 0 && executor_.WaitForWork(absl::Seconds(30))) executor_.RunUntilIdle();
    return decisions;
  }

  const UserKey alice_ = UserNamed("alice");
  const std::shared_ptr<FailingDisk> disk_ = std::make_shared<FailingDisk>();
  const std::unique_ptr<rocksdb::Env> env_ = rocksdb::NewCompositeEnv(disk_);
  async::ManualExecutor executor_;
  std::unique_ptr<RocksDbMigrationStore> store_;
  ops::Metrics metrics_;
  std::optional<MigrationRegister> register_;
};

TEST_F(MigrationRegisterTest, OfTwoPartnersAtOnceOneLosesAsConcurrent) {
  Policy move;
  move.move = true;
  const std::vector<absl::StatusOr<Decision>> decisions = AtOnce({CommandBy("p", 1), CommandBy("q", 2)}, move);
  ASSERT_EQ(decisions.size(), 2U);
  std::vector<Cause> causes;
  for (const absl::StatusOr<Decision>& decision : decisions) {
    ASSERT_TRUE(decision.ok()) << decision.status();
    causes.push_back(decision->cause);
  }
  EXPECT_EQ(std::count(causes.begin(), causes.end(), Cause::kNone), 1);
  EXPECT_EQ(std::count(causes.begin(), causes.end(), Cause::kConcurrent), 1);
  EXPECT_EQ(store_->ListJournal(0, 10)->size(), 1U);
}

TEST_F(MigrationRegisterTest, RepetitionAtTheSameTimeGetsTheSameAnswerAndOneRecord) {
  const std::vector<AuthorizeCommand> same(5, CommandBy("p", 1));
  for (const absl::StatusOr<Decision>& decision : AtOnce(same, {})) {
    ASSERT_TRUE(decision.ok()) << decision.status();
    EXPECT_EQ(decision->cause, Cause::kNone);
    EXPECT_EQ(decision->epoch, (protocol::Epoch{.incarnation = 1, .counter = 1}));
  }
  EXPECT_EQ(store_->ListJournal(0, 10)->size(), 1U);
}

TEST_F(MigrationRegisterTest, MoveLeavesACancelForThePartnerThatLosesTheUser) {
  Policy move;
  move.move = true;
  ASSERT_EQ((*executor_.Run(Authorize(CommandBy("p", 1), move)))->cause, Cause::kNone);
  ASSERT_EQ((*executor_.Run(Authorize(CommandBy("q", 2), {})))->cause, Cause::kMigratedElsewhere);
  ASSERT_EQ((*executor_.Run(Authorize(CommandBy("q", 2), move)))->cause, Cause::kNone);
  EXPECT_EQ(store_->ListOutbox("p", 0, 10)->front().epoch, (protocol::Epoch{.incarnation = 1, .counter = 1}));
  EXPECT_EQ((*executor_.Run(Authorize(CommandBy("p", 1), move)))->cause, Cause::kSuperseded);
}

TEST_F(MigrationRegisterTest, UsersWhoAreMigratedAreMeasured) {
  const auto users = [this] {
    return ops::testing::ParseExposition(metrics_.Text()).Sum("mcmig_register_users", {{"register", "migration"}});
  };
  EXPECT_EQ(users(), 0);
  ASSERT_TRUE((**executor_.Run(Authorize(CommandBy("p", 1), {}))).epoch.has_value());
  EXPECT_EQ(users(), 1);
}

TEST_F(MigrationRegisterTest, ProfilesImportedThroughTheWriterAreSeenByTheNextRead) {
  const UserKey carol = UserNamed("carol");
  std::vector<MigrationStore::ProfileEntry> entries = {ProfileOf(carol, 3)};
  const std::optional<absl::Status> imported = executor_.Run(register_->ImportProfiles(executor_, entries));
  ASSERT_TRUE(imported && imported->ok());
  EXPECT_EQ(register_->Read(carol, "p")->user->profiles.front().index, 3);
}

TEST_F(MigrationRegisterTest, WhileTheStoreCannotWriteEveryCommitAndImportIsUnavailable) {
  disk_->Set(FailingDisk::Fault::kSync);
  std::vector<AuthorizeCommand> commands;
  for (uint8_t id = 1; id < 9; ++id) commands.push_back(CommandBy("p", id));
  for (const absl::StatusOr<Decision>& decision : AtOnce(commands, {})) {
    EXPECT_EQ(decision.status().code(), absl::StatusCode::kUnavailable);
  }
  const std::optional<absl::Status> imported =
      executor_.Run(register_->ImportProfiles(executor_, {ProfileOf(alice_, 3)}));
  ASSERT_TRUE(imported.has_value());
  EXPECT_EQ(imported->code(), absl::StatusCode::kUnavailable);
  EXPECT_FALSE(register_->Read(alice_, "p")->record.has_value());
}

TEST(VisitorRegisterTest, VisitsAndImportsGoThroughTheWriter) {
  async::ManualExecutor executor;
  const auto store = RocksDbVisitorStore::Open(NewStoreDirectory());
  ASSERT_TRUE(store.ok()) << store.status();
  VisitorRegister visitors(**store);
  Visit visit;
  visit.key = {.primary_system = "north", .user = UserNamed("alice")};
  visit.visitor.epoch = {.incarnation = 1, .counter = 1};
  ExpectedVisitor expected;
  expected.primary_system = "north";
  expected.canonical_id = visit.key.user.canonical_id;
  EXPECT_TRUE(executor.Run(visitors.ImportExpected(executor, {expected}))->ok());
  EXPECT_EQ(visitors.FindExpected(visit.key, "north.example")->size(), 1U);
  EXPECT_EQ(**executor.Run(visitors.Install(executor, visit)), VisitOutcome::kInstalled);
  EXPECT_EQ(**executor.Run(visitors.Install(executor, visit)), VisitOutcome::kAlready);
  EXPECT_TRUE(visitors.FindVisitor(visit.key)->has_value());
  EXPECT_EQ(visitors.ListVisitors("", 10)->entries.size(), 1U);
  EXPECT_EQ(visitors.ListExpected("", 10)->entries.size(), 1U);
}

TEST(VisitorRegisterTest, VisitorsAndCommitsAreMeasured) {
  async::ManualExecutor executor;
  ops::Metrics metrics;
  const auto store = RocksDbVisitorStore::Open(NewStoreDirectory());
  ASSERT_TRUE(store.ok()) << store.status();
  VisitorRegister visitors(**store, VisitorRegister::kMaxWaiting, &metrics);
  Visit visit;
  visit.key = {.primary_system = "north", .user = UserNamed("alice")};
  visit.visitor.epoch = {.incarnation = 1, .counter = 1};
  ASSERT_TRUE(executor.Run(visitors.Install(executor, visit))->ok());
  const auto now = ops::testing::ParseExposition(metrics.Text());
  EXPECT_EQ(now.Sum("mcmig_register_users", {{"register", "visitor"}}), 1);
  EXPECT_EQ(now.Sum("mcmig_register_commit_batch_size_sum", {{"register", "visitor"}}), 1);
}

}  // namespace
}  // namespace mcmig::migration
