// The end of visits, by cancel or by the partner itself.
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "common/register/testing/visitor_store_contract.h"
#include "common/register/testing/visitor_store_values.h"

namespace mcmig::migration {
namespace {

using protocol::Epoch;
using Outcomes = std::vector<VisitOutcome>;

TEST_P(VisitorStoreContract, CancelThatOvertakesTheAnswerLeavesNoGhostAlsoAfterReopening) {
  ASSERT_EQ(*store_->Apply({CancelOf("alice", 2, 7)}), Outcomes{VisitOutcome::kNoVisitor});
  for (int opened = 0; opened < 2; ++opened, Reopen()) {
    EXPECT_EQ(*store_->FindCancelled(VisitorNamed("alice")), (Epoch{.incarnation = 2, .counter = 7}));
    EXPECT_EQ(*store_->Apply({VisitOf("alice", 2, 7), VisitOf("alice", 2, 6), VisitOf("alice", 1, 99)}),
              Outcomes(3, VisitOutcome::kCancelled));
    EXPECT_FALSE(store_->FindVisitor(VisitorNamed("alice"))->has_value());
  }
  EXPECT_EQ(*store_->Apply({VisitOf("alice", 2, 8)}), Outcomes{VisitOutcome::kInstalled});
  EXPECT_TRUE(store_->FindVisitor(VisitorNamed("alice"))->has_value());
}

TEST_P(VisitorStoreContract, CancelEndsTheVisitsUpToItsEpochOnly) {
  ASSERT_EQ(*store_->Apply({VisitOf("alice", 2, 7)}), Outcomes{VisitOutcome::kInstalled});
  EXPECT_EQ(*store_->Apply({CancelOf("alice", 2, 6)}), Outcomes{VisitOutcome::kLaterVisitor});
  EXPECT_EQ(*store_->Apply({CancelOf("alice", 1, 99)}), Outcomes{VisitOutcome::kLaterVisitor});
  EXPECT_TRUE(store_->FindVisitor(VisitorNamed("alice"))->has_value());
  EXPECT_EQ(*store_->Apply({CancelOf("alice", 2, 7)}), Outcomes{VisitOutcome::kRemoved});
  for (int opened = 0; opened < 2; ++opened, Reopen()) {
    EXPECT_FALSE(store_->FindVisitor(VisitorNamed("alice"))->has_value());
    EXPECT_TRUE(store_->ListVisitors("", "", 10)->entries.empty());
  }
  ASSERT_EQ(*store_->Apply({VisitOf("alice", 2, 8)}), Outcomes{VisitOutcome::kInstalled});
  EXPECT_EQ(*store_->Apply({CancelOf("alice", 3, 1)}), Outcomes{VisitOutcome::kRemoved});
}

TEST_P(VisitorStoreContract, ARepeatedOrEarlierCancelNeverLowersTheHighest) {
  EXPECT_EQ(*store_->Apply({CancelOf("alice", 2, 7), CancelOf("alice", 2, 7), CancelOf("alice", 2, 3)}),
            Outcomes(3, VisitOutcome::kNoVisitor));
  EXPECT_EQ(*store_->Apply({CancelOf("alice", 2, 5)}), Outcomes{VisitOutcome::kNoVisitor});
  EXPECT_EQ(*store_->FindCancelled(VisitorNamed("alice")), (Epoch{.incarnation = 2, .counter = 7}));
}

TEST_P(VisitorStoreContract, VisitsAndCancelsOfOneBatchSeeTheOnesBeforeThem) {
  EXPECT_EQ(
      *store_->Apply({VisitOf("alice", 1, 2), CancelOf("alice", 1, 2), VisitOf("alice", 1, 2), CancelOf("alice", 1, 2),
                      VisitOf("alice", 1, 3), CancelOf("alice", 1, 2), CancelOf("bob", 1, 1)}),
      (Outcomes{VisitOutcome::kInstalled, VisitOutcome::kRemoved, VisitOutcome::kCancelled, VisitOutcome::kNoVisitor,
                VisitOutcome::kInstalled, VisitOutcome::kLaterVisitor, VisitOutcome::kNoVisitor}));
  EXPECT_EQ((*store_->FindVisitor(VisitorNamed("alice")))->epoch.counter, 3U);
}

TEST_P(VisitorStoreContract, VisitorsWhoseVisitEndedAreNotCountedAlsoAfterReopening) {
  ASSERT_TRUE(store_->Apply({VisitOf("alice", 1, 1), CancelOf("alice", 1, 1), CancelOf("carol", 1, 1)}).ok());
  EXPECT_EQ(*store_->CountVisitors(), 0U);
  ASSERT_TRUE(store_->Apply({VisitOf("alice", 1, 2), VisitOf("bob", 1, 1), VisitOf("carol", 1, 1)}).ok());
  EXPECT_EQ(*store_->CountVisitors(), 2U);
  ASSERT_TRUE(store_->Apply({CancelOf("alice", 1, 1), CancelOf("bob", 1, 5), CancelOf("bob", 1, 5)}).ok());
  for (int opened = 0; opened < 2; ++opened, Reopen()) {
    EXPECT_EQ(*store_->CountVisitors(), 1U);
    EXPECT_EQ(store_->ListVisitors("", "", 10)->entries.size(), 1U);
  }
}

TEST_P(VisitorStoreContract, CancelsOfOtherUsersServicesAndSystemsAreApart) {
  ASSERT_EQ(*store_->Apply({CancelOf("alice", 9, 9)}), Outcomes{VisitOutcome::kNoVisitor});
  Visit other_service = VisitOf("alice", 1, 1);
  other_service.key.user.service = protocol::McService::kMcdata;
  Visit other_system = VisitOf("alice", 1, 1);
  other_system.key.primary_system = "nort";
  EXPECT_EQ(*store_->Apply({other_service, other_system, VisitOf("alic", 1, 1)}),
            Outcomes(3, VisitOutcome::kInstalled));
  EXPECT_FALSE(store_->FindCancelled(other_system.key)->has_value());
}

TEST_P(VisitorStoreContract, VisitorsOfOnePrimaryMcSystemAreListedByPages) {
  std::vector<VisitorChange> visits;
  for (const char* system : {"north", "nort", "north-east", "south"}) {
    for (const char* name : {"a", "b", "c"}) {
      Visit visit = VisitOf(name, 1, 1);
      visit.key.primary_system = system;
      visits.emplace_back(visit);
    }
  }
  ASSERT_TRUE(store_->Apply(visits).ok());
  for (const size_t limit : {1, 2, 3, 4}) {
    std::vector<std::string> listed;
    std::string next;
    do {
      const VisitorStore::VisitorPage page = *store_->ListVisitors("north", next, limit);
      ASSERT_LE(page.entries.size(), limit);
      for (const Visit& visit : page.entries) {
        EXPECT_EQ(visit.key.primary_system, "north");
        listed.push_back(visit.key.user.canonical_id);
      }
      next = page.next;
    } while (!next.empty());
    EXPECT_EQ(listed, (std::vector<std::string>{"sip:a@north.example", "sip:b@north.example", "sip:c@north.example"}));
  }
  EXPECT_TRUE(store_->ListVisitors("east", "", 10)->entries.empty());
}

TEST_P(VisitorStoreContract, CancelledEpochsAreForgottenByAgeAndNoOthers) {
  const absl::Time day = absl::FromUnixSeconds(1'700'000'000);
  std::vector<VisitorChange> cancels;
  cancels.reserve(6);
  for (int i = 0; i < 5; ++i) cancels.emplace_back(CancelOf(std::string(1, static_cast<char>('a' + i)), 1, 5, day));
  cancels.emplace_back(CancelOf("c", 1, 6, day + absl::Seconds(1)));
  ASSERT_TRUE(store_->Apply(cancels).ok());
  std::string next;
  int pages = 0;
  do {
    absl::StatusOr<std::string> after = store_->ForgetCancelled(day + absl::Nanoseconds(1), next, 2);
    ASSERT_TRUE(after.ok()) << after.status();
    next = *std::move(after);
    ASSERT_LT(++pages, 5);
  } while (!next.empty());
  for (int opened = 0; opened < 2; ++opened, Reopen()) {
    for (const char* name : {"a", "b", "d", "e"}) EXPECT_FALSE(store_->FindCancelled(VisitorNamed(name))->has_value());
    EXPECT_EQ(*store_->FindCancelled(VisitorNamed("c")), (Epoch{.incarnation = 1, .counter = 6}));
  }
  EXPECT_EQ(*store_->ForgetCancelled(day, "", 10), "");
  EXPECT_TRUE(store_->FindCancelled(VisitorNamed("c"))->has_value());
}

TEST_P(VisitorStoreContract, VisitorMayBeServedUntilTheSkewBoundBeforeItsEnd) {
  Visitor visitor;
  const absl::Time until = absl::FromUnixSeconds(1'700'000'000);
  EXPECT_TRUE(MayBeServed(visitor, until, absl::Seconds(30)));
  visitor.authorized_until = until;
  EXPECT_FALSE(MayBeServed(visitor, until - absl::Seconds(30), absl::Seconds(30)));
  EXPECT_TRUE(MayBeServed(visitor, until - absl::Seconds(30) - absl::Nanoseconds(1), absl::Seconds(30)));
}

}  // namespace
}  // namespace mcmig::migration
