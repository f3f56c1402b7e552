#include "services/partner_server/reconciliation.h"

#include <memory>
#include <string>

#include "common/async/manual_executor.h"
#include "common/register/testing/memory_database.h"
#include "gtest/gtest.h"
#include "services/testing/doors.h"
#include "services/testing/grant_authority.h"
#include "services/testing/systems.h"

namespace mcmig::partner_server {
namespace {

using protocol::Epoch;

// South compares with north, where alice and others may be recorded.
class ReconciliationTest : public ::testing::Test {
 protected:
  migration::VisitorKey KeyOf(const std::string& user) {
    return {"north", {"sip:" + user + "@north.example", protocol::McService::kMcptt}};
  }
  void Install(const std::string& user, Epoch epoch, absl::Time until = absl::InfiniteFuture()) {
    const migration::Visit visit{.key = KeyOf(user),
                                 .visitor = {.epoch = epoch,
                                             .primary_mc_service_id = KeyOf(user).user.canonical_id,
                                             .partner_mc_service_id = testing::kVisitor,
                                             .since = executor_.Now(),
                                             .request_id = {},
                                             .authorized_until = until}};
    ASSERT_EQ(store_->Apply({visit})->front(), migration::VisitOutcome::kInstalled);
  }
  protocol::ReconcilePage::Entry OnRecord(const std::string& id, Epoch epoch) {
    return {.user = {testing::Id(testing::kVisitor), testing::Id(id), protocol::McService::kMcptt}, .epoch = epoch};
  }
  absl::StatusOr<ReconciliationReport> Compare() {
    return *executor_.Run(reconciliation_.Compare(executor_, stop_, "north"));
  }
  bool IsServed(const std::string& user) { return store_->FindVisitor(KeyOf(user))->has_value(); }

  async::ManualExecutor executor_;
  async::CancelSignal stop_;
  migration::MemoryDisk disk_;
  std::unique_ptr<migration::VisitorStore> store_ = *disk_.OpenVisitors();
  migration::VisitorRegister visitors_{*store_};
  testing::ToldHop north_{[] { return absl::InternalError("no migration is asked for"); }};
  testing::CountingRandom random_;
  Reconciliation reconciliation_{{.systems = testing::MakeSystems(testing::SystemsAt("south")),
                                  .visitors = &visitors_,
                                  .entries = {{"north", &north_}},
                                  .random = &random_,
                                  .clock = &executor_},
                                 {}};
};

TEST_F(ReconciliationTest, WhereBothAgreeNothingChanges) {
  Install("alice", {1, 5});
  north_.page->entries = {OnRecord(testing::kAlice, {1, 5})};
  const auto report = Compare();
  ASSERT_TRUE(report.ok());
  EXPECT_EQ(report->on_record, 1U);
  EXPECT_TRUE(IsServed("alice"));
  EXPECT_TRUE(north_.ends.empty());
}

TEST_F(ReconciliationTest, ARecordWithoutAVisitorIsEndedAfterTheGraceTimeAndAnAnswerThatStillArrivesInstallsNobody) {
  north_.page->entries = {OnRecord(testing::kAlice, {1, 5})};
  EXPECT_EQ(Compare()->orphans_waiting, 1U);
  executor_.AdvanceBy(absl::Seconds(59));
  EXPECT_EQ(Compare()->orphans_waiting, 1U);
  EXPECT_TRUE(north_.ends.empty());
  executor_.AdvanceBy(absl::Seconds(1));
  EXPECT_EQ(Compare()->orphans_ended, 1U);
  ASSERT_EQ(north_.ends.size(), 1U);
  EXPECT_EQ(north_.ends[0].epoch, (Epoch{1, 5}));
  EXPECT_EQ(north_.ends[0].user.primary_mc_service_id.received(), testing::kAlice);
  EXPECT_EQ(*store_->FindCancelled(KeyOf("alice")), (Epoch{1, 5}));
}

TEST_F(ReconciliationTest, ARetryWithinTheGraceTimeKeepsTheMigration) {
  north_.page->entries = {OnRecord(testing::kAlice, {1, 5})};
  EXPECT_EQ(Compare()->orphans_waiting, 1U);
  Install("alice", {1, 5});
  executor_.AdvanceBy(absl::Minutes(2));
  EXPECT_EQ(Compare()->orphans_ended, 0U);
  EXPECT_TRUE(IsServed("alice"));
}

TEST_F(ReconciliationTest, TheGraceTimeOfALaterMigrationBeginsAnew) {
  north_.page->entries = {OnRecord(testing::kAlice, {1, 5})};
  EXPECT_EQ(Compare()->orphans_waiting, 1U);
  executor_.AdvanceBy(absl::Minutes(2));
  north_.page->entries = {OnRecord(testing::kAlice, {1, 7})};
  EXPECT_EQ(Compare()->orphans_waiting, 1U);
  EXPECT_TRUE(north_.ends.empty());
}

TEST_F(ReconciliationTest, AVisitorThatIsNotOnRecordIsServedNoMore) {
  Install("alice", {1, 5});
  Install("bob", {1, 1});
  north_.page->entries = {OnRecord("sip:bob@north.example", {1, 1})};
  EXPECT_EQ(Compare()->visitors_ended, 1U);
  EXPECT_FALSE(IsServed("alice"));
  EXPECT_TRUE(IsServed("bob"));
}

TEST_F(ReconciliationTest, AVisitorThatNoPageNamesButThePrimaryKnowsStays) {
  Install("alice", {1, 5});
  north_.of_one->entries = {OnRecord(testing::kAlice, {1, 5})};
  EXPECT_EQ(Compare()->visitors_ended, 0U);
  EXPECT_TRUE(IsServed("alice"));
  EXPECT_EQ(north_.reconciled.back().user->primary_mc_service_id.received(), testing::kAlice);
  north_.of_one = absl::UnavailableError("away");
  EXPECT_FALSE(Compare().ok());
  EXPECT_TRUE(IsServed("alice"));
  north_.of_one = protocol::ReconcilePage{.entries = {OnRecord(testing::kAlice, {1, 6})}, .next_page_token = ""};
  EXPECT_EQ(Compare()->visitors_ended, 1U);
  EXPECT_FALSE(IsServed("alice"));
}

TEST_F(ReconciliationTest, AVisitorOfAnOldEpochIsServedNoMore) {
  Install("alice", {1, 5});
  north_.page->entries = {OnRecord(testing::kAlice, {1, 6})};
  EXPECT_EQ(Compare()->visitors_ended, 1U);
  EXPECT_FALSE(IsServed("alice"));
}

TEST_F(ReconciliationTest, AnErrorIsNotTakenForNotOnRecord) {
  Install("alice", {1, 5});
  for (const absl::Status& status : {absl::UnavailableError(""), absl::PermissionDeniedError(""),
                                     absl::InternalError(""), absl::ResourceExhaustedError("")}) {
    north_.page = status;
    EXPECT_EQ(Compare().status().code(), status.code());
    EXPECT_TRUE(IsServed("alice"));
  }
}

TEST_F(ReconciliationTest, APrimaryDoesNotSpeakForUsersOfOthers) {
  north_.page->entries = {OnRecord("sip:carol@east.example", {1, 5})};
  EXPECT_EQ(Compare()->on_record, 0U);
  executor_.AdvanceBy(absl::Minutes(2));
  EXPECT_EQ(Compare()->orphans_ended, 0U);
  EXPECT_TRUE(north_.ends.empty());
}

TEST_F(ReconciliationTest, AVisitorBeyondItsTimeIsServedNoMore) {
  Install("alice", {1, 5}, executor_.Now() + absl::Minutes(10));
  north_.page->entries = {OnRecord(testing::kAlice, {1, 5})};
  executor_.AdvanceBy(absl::Minutes(9));
  EXPECT_EQ(Compare()->visitors_expired, 0U);
  executor_.AdvanceBy(absl::Seconds(30));
  EXPECT_EQ(Compare()->visitors_expired, 1U);
  EXPECT_FALSE(IsServed("alice"));
}

TEST_F(ReconciliationTest, ARestoredRegisterSaysNothingOfAPrimaryBeforeItHasBeenComparedWith) {
  store_.reset();
  disk_.Restore(disk_.Backup());
  store_ = *disk_.OpenVisitors();
  migration::VisitorRegister visitors(*store_);
  visitors.gate().WaitFor({"north", "east"});
  Reconciliation reconciliation({.systems = testing::MakeSystems(testing::SystemsAt("south")),
                                 .visitors = &visitors,
                                 .entries = {{"north", &north_}},
                                 .random = &random_,
                                 .clock = &executor_},
                                {});
  EXPECT_TRUE(absl::IsUnavailable(visitors.gate().Check("north")));
  north_.page = absl::UnavailableError("away");
  EXPECT_FALSE(executor_.Run(reconciliation.Compare(executor_, stop_, "north"))->ok());
  EXPECT_FALSE(visitors.gate().Check("north").ok());
  north_.page = protocol::ReconcilePage();
  EXPECT_TRUE(executor_.Run(reconciliation.Compare(executor_, stop_, "north"))->ok());
  EXPECT_TRUE(visitors.gate().Check("north").ok());
  EXPECT_FALSE(visitors.gate().Check("east").ok());
}

// A gateway on the way can leave users out and name records that are none: only what the primary's server signs ends.
class SignedReconciliationTest : public ReconciliationTest {
 protected:
  absl::StatusOr<ReconciliationReport> CompareSigned() {
    return *executor_.Run(signed_.Compare(executor_, stop_, "north"));
  }
  std::string Cancel(Epoch epoch) {
    return *authority_.signer().Sign(
        token::SignedCancel{.primary_mc_service_id = testing::Id(testing::kAlice), .epoch = epoch}, "south");
  }

  testing::GrantAuthority authority_;
  Reconciliation signed_{{.systems = testing::MakeSystems(testing::SystemsAt("south")),
                          .visitors = &visitors_,
                          .entries = {{"north", &north_}},
                          .random = &random_,
                          .clock = &executor_,
                          .grants = {{"north", authority_.VerifierFor("south")}}},
                         {}};
};

TEST_F(SignedReconciliationTest, AVisitorWhomNobodyNamesStaysUntilThePrimaryHasSignedTheEnd) {
  Install("alice", {1, 5});
  EXPECT_EQ(CompareSigned()->visitors_ended, 0U);
  EXPECT_TRUE(IsServed("alice"));
  EXPECT_EQ(north_.reconciled.back().epoch, (Epoch{1, 5}));
  north_.of_one->signed_cancel = Cancel({1, 6});
  EXPECT_EQ(CompareSigned()->visitors_ended, 0U);
  EXPECT_TRUE(IsServed("alice"));
  north_.of_one->signed_cancel = Cancel({1, 5});
  EXPECT_EQ(CompareSigned()->visitors_ended, 1U);
  EXPECT_FALSE(IsServed("alice"));
}

TEST_F(SignedReconciliationTest, ARecordThatIsNoneEndsNoVisitAndKeepsNobodyOut) {
  Install("alice", {1, 5});
  north_.page->entries = {OnRecord(testing::kAlice, {1, 1'000'000})};
  EXPECT_TRUE(CompareSigned().ok());
  executor_.AdvanceBy(absl::Minutes(2));
  EXPECT_TRUE(CompareSigned().ok());
  EXPECT_TRUE(IsServed("alice"));
  EXPECT_EQ(*store_->FindCancelled(KeyOf("alice")), std::nullopt);
}

TEST_F(SignedReconciliationTest, ARecordWithoutAVisitorIsEndedAndNotedAsThePrimaryHasSigned) {
  north_.page->entries = {OnRecord(testing::kAlice, {1, 5})};
  EXPECT_EQ(CompareSigned()->orphans_waiting, 1U);
  executor_.AdvanceBy(absl::Minutes(2));
  north_.of_one->signed_cancel = Cancel({1, 5});
  EXPECT_EQ(CompareSigned()->orphans_ended, 1U);
  EXPECT_EQ(*store_->FindCancelled(KeyOf("alice")), (Epoch{1, 5}));
}

TEST_F(ReconciliationTest, AnUnknownSystemIsNotFound) {
  EXPECT_TRUE(absl::IsNotFound(executor_.Run(reconciliation_.Compare(executor_, stop_, "west"))->status()));
}

}  // namespace
}  // namespace mcmig::partner_server
