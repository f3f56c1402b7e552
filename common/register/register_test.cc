#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <utility>
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
    auto opened = OpenRocksDbMigrationStore(NewStoreDirectory(), {.env = env_.get()});
    ASSERT_TRUE(opened.ok()) << opened.status();
    store_ = *std::move(opened);
    const std::vector<protocol::McService> services = {protocol::McService::kMcptt};
    ASSERT_TRUE(store_->SetAgreements({{"p", services}, {"q", services}}).ok());
    ASSERT_TRUE(store_->ImportProfiles({ProfileOf(alice_, 1)}).ok());
    register_.emplace(*store_, MigrationRegister::kMaxWaiting, &metrics_);
  }

  Authorize RequestBy(const identity::SystemName& partner, uint8_t id) {
    Authorize event;
    event.key = alice_;
    event.primary_mc_service_id = alice_.canonical_id;
    event.partner_system = partner;
    event.request_id.bytes[0] = id;
    event.digest[0] = id;
    event.issued_at = executor_.Now();
    return event;
  }

  // Step 7 as a handler does it, with step 6 left out.
  async::Task<absl::StatusOr<Decision>> Decide(Authorize event, Policy policy) {
    event.permission = Decision{.cause = Cause::kNone, .rule = "step6.authorized", .epoch = {}};
    for (;; ++event.attempts) {
      absl::StatusOr<Snapshot> snapshot = register_->Read(event.key, event.partner_system);
      if (!snapshot.ok()) co_return snapshot.status();
      absl::StatusOr<Plan> plan = Transition(*snapshot, event, executor_.Now(), policy);
      if (!plan.ok()) co_return plan.status();
      if (!plan->mutation) co_return plan->decision();
      absl::StatusOr<CommitOutcome> committed = co_await register_->Commit(executor_, *std::move(plan->mutation));
      if (!committed.ok()) co_return committed.status();
      if (*committed == CommitOutcome::kCommitted) co_return plan->decision();
      event.lost = *committed;
    }
  }
  async::Task<> Note(Authorize event, Policy policy, std::vector<absl::StatusOr<Decision>>* decisions) {
    absl::StatusOr<Decision> decision = co_await Decide(std::move(event), policy);
    decisions->push_back(std::move(decision));
  }

  // Begins all at once, so that they decide on the same snapshot, and waits for all.
  std::vector<absl::StatusOr<Decision>> AtOnce(const std::vector<Authorize>& events, const Policy& policy) {
    std::vector<absl::StatusOr<Decision>> decisions;
    for (const Authorize& event : events) executor_.Spawn(Note(event, policy, &decisions));
    while (executor_.live() > 0 && executor_.WaitForWork(absl::Seconds(30))) executor_.RunUntilIdle();
    return decisions;
  }

  const UserKey alice_ = UserNamed("alice");
  const std::shared_ptr<FailingDisk> disk_ = std::make_shared<FailingDisk>();
  const std::unique_ptr<rocksdb::Env> env_ = rocksdb::NewCompositeEnv(disk_);
  async::ManualExecutor executor_;
  std::unique_ptr<MigrationStore> store_;
  ops::Metrics metrics_;
  std::optional<MigrationRegister> register_;
};

TEST_F(MigrationRegisterTest, OfTwoPartnersAtOnceOneLosesAsConcurrent) {
  Policy move;
  move.move = true;
  const std::vector<absl::StatusOr<Decision>> decisions = AtOnce({RequestBy("p", 1), RequestBy("q", 2)}, move);
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
  const std::vector<Authorize> same(5, RequestBy("p", 1));
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
  ASSERT_EQ((*executor_.Run(Decide(RequestBy("p", 1), move)))->cause, Cause::kNone);
  ASSERT_EQ((*executor_.Run(Decide(RequestBy("q", 2), {})))->cause, Cause::kMigratedElsewhere);
  ASSERT_EQ((*executor_.Run(Decide(RequestBy("q", 2), move)))->cause, Cause::kNone);
  EXPECT_EQ(store_->ListOutbox("p", 0, 10)->front().epoch, (protocol::Epoch{.incarnation = 1, .counter = 1}));
  EXPECT_EQ((*executor_.Run(Decide(RequestBy("p", 1), move)))->cause, Cause::kSuperseded);
}

TEST_F(MigrationRegisterTest, AUserIsTakenBackOnceAndTheCancelWaitsUntilItIsAcknowledged) {
  ASSERT_EQ((*executor_.Run(Decide(RequestBy("p", 1), {})))->cause, Cause::kNone);
  const End end_by_q{.key = alice_, .partner_system = "q", .epoch = {1, 1}};
  EXPECT_EQ((*executor_.Run(register_->Settle(executor_, end_by_q, executor_, {})))->outcome, Outcome::kNotOnRecord);
  const Revoke revoke{.key = alice_};
  EXPECT_EQ((*executor_.Run(register_->Settle(executor_, revoke, executor_, {})))->outcome, Outcome::kChanged);
  EXPECT_EQ((*executor_.Run(register_->Settle(executor_, revoke, executor_, {})))->outcome, Outcome::kUnchanged);
  EXPECT_EQ(register_->ListHistory(alice_, 0, 10)->front().change, Change::kRevoked);
  const std::vector<OutboxEntry> pending = *register_->ListOldestCancels();
  ASSERT_EQ(pending.size(), 1U);
  EXPECT_EQ(pending[0].epoch, (protocol::Epoch{.incarnation = 1, .counter = 1}));
  std::vector<MigrationStore::Acknowledgement> acknowledged = {{"p", pending[0].sequence}};
  EXPECT_TRUE(executor_.Run(register_->Acknowledge(executor_, std::move(acknowledged)))->ok());
  EXPECT_TRUE(register_->ListOutbox("p", 0, 10)->empty());
}

// Ends and re-authorizations that come at once: each is decided on what the others left.
TEST_F(MigrationRegisterTest, AnEndThatLosesToAnotherChangeIsDecidedAnew) {
  ASSERT_EQ((*executor_.Run(Decide(RequestBy("p", 1), {})))->cause, Cause::kNone);
  std::vector<absl::StatusOr<Plan>> plans;
  const auto end = [](MigrationRegister& migrations, async::ManualExecutor& executor, End event,
                      std::vector<absl::StatusOr<Plan>>& into) -> async::Task<> {
    absl::StatusOr<Plan> plan = co_await migrations.Settle(executor, std::move(event), executor, {});
    into.push_back(std::move(plan));
  };
  for (int i = 0; i < 3; ++i) {
    End event{.key = alice_, .partner_system = "p", .epoch = {1, 1}};
    executor_.Spawn(end(*register_, executor_, std::move(event), plans));
  }
  while (executor_.live() > 0 && executor_.WaitForWork(absl::Seconds(30))) executor_.RunUntilIdle();
  ASSERT_EQ(plans.size(), 3U);
  int ended = 0;
  for (const absl::StatusOr<Plan>& plan : plans) {
    ASSERT_TRUE(plan.ok()) << plan.status();
    if (plan->outcome == Outcome::kChanged) ++ended;
    if (plan->outcome != Outcome::kChanged) EXPECT_EQ(plan->outcome, Outcome::kNotOnRecord);
  }
  EXPECT_EQ(ended, 1);
  EXPECT_EQ(store_->ListJournal(0, 10)->size(), 2U);
}

TEST_F(MigrationRegisterTest, UsersWhoAreMigratedAreMeasured) {
  const auto users = [this] {
    return ops::testing::ParseExposition(metrics_.Text()).Sum("mcmig_register_users", {{"register", "migration"}});
  };
  EXPECT_EQ(users(), 0);
  ASSERT_TRUE((**executor_.Run(Decide(RequestBy("p", 1), {}))).epoch.has_value());
  EXPECT_EQ(users(), 1);
  ASSERT_TRUE(executor_.Run(register_->Settle(executor_, Revoke{.key = alice_}, executor_, {}))->ok());
  EXPECT_EQ(users(), 0);
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
  std::vector<Authorize> events;
  for (uint8_t id = 1; id < 9; ++id) events.push_back(RequestBy("p", id));
  for (const absl::StatusOr<Decision>& decision : AtOnce(events, {})) {
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
  const auto store = OpenRocksDbVisitorStore(NewStoreDirectory());
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
  const CancelVisit cancel{.key = visit.key, .epoch = visit.visitor.epoch, .at = absl::UnixEpoch()};
  EXPECT_EQ(**executor.Run(visitors.Cancel(executor, cancel)), VisitOutcome::kRemoved);
  EXPECT_EQ(**executor.Run(visitors.Install(executor, visit)), VisitOutcome::kCancelled);
  EXPECT_EQ(**executor.Run(visitors.ForgetCancelled(executor, absl::InfiniteFuture(), "", 10)), "");
  EXPECT_EQ(**executor.Run(visitors.Install(executor, visit)), VisitOutcome::kInstalled);
  EXPECT_EQ(visitors.ListVisitors("north", "", 10)->entries.size(), 1U);
  EXPECT_EQ(visitors.ListExpected("", 10)->entries.size(), 1U);
}

TEST(VisitorRegisterTest, VisitorsAndCommitsAreMeasured) {
  async::ManualExecutor executor;
  ops::Metrics metrics;
  const auto store = OpenRocksDbVisitorStore(NewStoreDirectory());
  ASSERT_TRUE(store.ok()) << store.status();
  VisitorRegister visitors(**store, VisitorRegister::kMaxWaiting, &metrics);
  Visit visit;
  visit.key = {.primary_system = "north", .user = UserNamed("alice")};
  visit.visitor.epoch = {.incarnation = 1, .counter = 1};
  ASSERT_TRUE(executor.Run(visitors.Install(executor, visit))->ok());
  const auto now = ops::testing::ParseExposition(metrics.Text());
  EXPECT_EQ(now.Sum("mcmig_register_users", {{"register", "visitor"}}), 1);
  EXPECT_EQ(now.Sum("mcmig_register_commit_batch_size_sum", {{"register", "visitor"}}), 1);
  const CancelVisit cancel{.key = visit.key, .epoch = visit.visitor.epoch, .at = absl::UnixEpoch()};
  ASSERT_TRUE(executor.Run(visitors.Cancel(executor, cancel))->ok());
  const auto then = ops::testing::ParseExposition(metrics.Text());
  EXPECT_EQ(then.Sum("mcmig_register_users", {{"register", "visitor"}}), 0);
}

}  // namespace
}  // namespace mcmig::migration
