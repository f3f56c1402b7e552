#include "common/register/testing/visitor_store_contract.h"

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "common/register/testing/visitor_store_values.h"

namespace mcmig::migration {

using protocol::McService;
using Outcomes = std::vector<VisitOutcome>;

void VisitorStoreContract::SetUp() {
  place_ = GetParam()();
  Reopen();
}

void VisitorStoreContract::Reopen() {
  store_.reset();
  absl::StatusOr<std::unique_ptr<VisitorStore>> opened = place_.open();
  ASSERT_TRUE(opened.ok()) << opened.status();
  store_ = *std::move(opened);
}

namespace {

ExpectedVisitor Expected(const VisitorKey& key, absl::Time until) {
  ExpectedVisitor expected;
  expected.primary_system = key.primary_system;
  expected.canonical_id = key.user.canonical_id;
  expected.service = key.user.service;
  expected.until = until;
  expected.mc_service_id = "sip:as@imported.example";
  return expected;
}

ExpectedVisitor ExpectedDomain(const std::string& domain, McService service, absl::Time from, absl::Time until) {
  ExpectedVisitor expected;
  expected.primary_system = "north";
  expected.domain = domain;
  expected.service = service;
  expected.from = from;
  expected.until = until;
  return expected;
}

const absl::Time kYear9999 = absl::FromUnixSeconds(253402300799);

TEST_P(VisitorStoreContract, ExpectedVisitorsAreFoundByUserAndByDomainAlsoAfterReopening) {
  const VisitorKey alice = VisitorNamed("alice");
  const absl::Time from = absl::FromUnixNanos(-1);
  ExpectedVisitor with_priority = Expected(alice, absl::InfiniteFuture());
  with_priority.priority = true;
  ASSERT_TRUE(
      store_->ImportExpected({with_priority, ExpectedDomain("north.example", McService::kMcptt, from, kYear9999)})
          .ok());
  for (int opened = 0; opened < 2; ++opened, Reopen()) {
    const std::vector<ExpectedVisitor> both = *store_->FindExpected(alice, "north.example");
    ASSERT_EQ(both.size(), 2U);
    EXPECT_EQ(both[0].primary_system, "north");
    EXPECT_EQ(both[0].canonical_id, alice.user.canonical_id);
    EXPECT_EQ(both[0].domain, "");
    EXPECT_EQ(both[0].from, absl::InfinitePast());
    EXPECT_EQ(both[0].until, absl::InfiniteFuture());
    EXPECT_EQ(both[0].mc_service_id, "sip:as@imported.example");
    EXPECT_TRUE(both[0].priority);
    EXPECT_EQ(both[1].domain, "north.example");
    EXPECT_EQ(both[1].canonical_id, "");
    EXPECT_EQ(both[1].from, from);
    EXPECT_EQ(both[1].until, kYear9999);
    EXPECT_FALSE(both[1].priority);
    EXPECT_EQ(store_->FindExpected(VisitorNamed("bob"), "north.example")->size(), 1U);
  }
}

TEST_P(VisitorStoreContract, OtherSystemUserDomainOrServiceIsNotExpected) {
  const VisitorKey alice = VisitorNamed("alice");
  ASSERT_TRUE(store_
                  ->ImportExpected({Expected(alice, kYear9999), ExpectedDomain("north.example", McService::kMcptt,
                                                                               absl::InfinitePast(), kYear9999)})
                  .ok());
  VisitorKey other_system = alice;
  other_system.primary_system = "nort";
  VisitorKey other_service = alice;
  other_service.user.service = McService::kMcdata;
  EXPECT_TRUE(store_->FindExpected(other_system, "north.example")->empty());
  EXPECT_TRUE(store_->FindExpected(other_service, "north.example")->empty());
  EXPECT_TRUE(store_->FindExpected(VisitorNamed("bob"), "sub.north.example")->empty());
  // A domain entry never stands for a user of that name, nor the reverse.
  VisitorKey named_as_domain = alice;
  named_as_domain.user.canonical_id = "north.example";
  EXPECT_TRUE(store_->FindExpected(named_as_domain, "")->empty());
  EXPECT_TRUE(store_->FindExpected(VisitorNamed("bob"), alice.user.canonical_id)->empty());
}

TEST_P(VisitorStoreContract, ImportReplacesTheEntryOfTheSameUser) {
  const VisitorKey alice = VisitorNamed("alice");
  ASSERT_TRUE(store_->ImportExpected({Expected(alice, kYear9999)}).ok());
  ASSERT_TRUE(store_->ImportExpected({Expected(alice, absl::FromUnixSeconds(5))}).ok());
  const std::vector<ExpectedVisitor> found = *store_->FindExpected(alice, "");
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].until, absl::FromUnixSeconds(5));
  EXPECT_EQ(store_->ListExpected("", 10)->entries.size(), 1U);
}

TEST_P(VisitorStoreContract, InstalledVisitorReadsBackAlsoAfterReopening) {
  Visit visit = VisitOf("alice", 2, 7);
  visit.visitor.authorized_until = absl::FromUnixNanos(1'800'000'000'000'000'009);
  EXPECT_FALSE(store_->FindVisitor(visit.key)->has_value());
  ASSERT_EQ(*store_->Apply({visit}), Outcomes{VisitOutcome::kInstalled});
  for (int opened = 0; opened < 2; ++opened, Reopen()) {
    const std::optional<Visitor> found = *store_->FindVisitor(visit.key);
    ASSERT_TRUE(found.has_value());
    EXPECT_EQ(found->epoch, visit.visitor.epoch);
    EXPECT_EQ(found->primary_mc_service_id, visit.visitor.primary_mc_service_id);
    EXPECT_EQ(found->partner_mc_service_id, visit.visitor.partner_mc_service_id);
    EXPECT_EQ(found->profile_index, 255);
    EXPECT_EQ(found->since, visit.visitor.since);
    EXPECT_EQ(found->request_id, visit.visitor.request_id);
    EXPECT_EQ(found->authorized_until, visit.visitor.authorized_until);
  }
}

TEST_P(VisitorStoreContract, OnlyALaterEpochReplacesAVisit) {
  ASSERT_EQ(*store_->Apply({VisitOf("alice", 2, 7)}), Outcomes{VisitOutcome::kInstalled});
  EXPECT_EQ(*store_->Apply({VisitOf("alice", 2, 7)}), Outcomes{VisitOutcome::kAlready});
  EXPECT_EQ(*store_->Apply({VisitOf("alice", 2, 6)}), Outcomes{VisitOutcome::kSuperseded});
  EXPECT_EQ(*store_->Apply({VisitOf("alice", 1, 9)}), Outcomes{VisitOutcome::kSuperseded});
  EXPECT_EQ((*store_->FindVisitor(VisitorNamed("alice")))->epoch, VisitOf("alice", 2, 7).visitor.epoch);
  EXPECT_EQ(*store_->Apply({VisitOf("alice", 3, 1)}), Outcomes{VisitOutcome::kInstalled});
  EXPECT_EQ((*store_->FindVisitor(VisitorNamed("alice")))->epoch, VisitOf("alice", 3, 1).visitor.epoch);
}

TEST_P(VisitorStoreContract, VisitsOfOneBatchSeeTheOnesBeforeThem) {
  EXPECT_EQ(*store_->Apply({VisitOf("alice", 1, 2), VisitOf("alice", 1, 1), VisitOf("bob", 1, 1),
                            VisitOf("alice", 1, 2), VisitOf("alice", 1, 3)}),
            (Outcomes{VisitOutcome::kInstalled, VisitOutcome::kSuperseded, VisitOutcome::kInstalled,
                      VisitOutcome::kAlready, VisitOutcome::kInstalled}));
  EXPECT_EQ((*store_->FindVisitor(VisitorNamed("alice")))->epoch.counter, 3U);
}

TEST_P(VisitorStoreContract, VisitorsAreCountedOnceEachAlsoAfterReopening) {
  EXPECT_EQ(*store_->CountVisitors(), 0U);
  ASSERT_TRUE(store_->Apply({VisitOf("alice", 1, 1), VisitOf("alice", 1, 2), VisitOf("bob", 1, 1)}).ok());
  EXPECT_EQ(*store_->CountVisitors(), 2U);
  ASSERT_TRUE(store_->Apply({VisitOf("alice", 1, 3), VisitOf("bob", 1, 1)}).ok());
  for (int opened = 0; opened < 2; ++opened, Reopen()) EXPECT_EQ(*store_->CountVisitors(), 2U);
}

// Whoever asks for the visitors of one MC system chooses where the page begins, and learns nothing of another one's.
TEST_P(VisitorStoreContract, APlaceAmongAnothersVisitorsShowsAllOfTheOwn) {
  Visit of_zulu = VisitOf("zoe", 1, 1);
  of_zulu.key.primary_system = "zulu";
  ASSERT_TRUE(store_->Apply({VisitOf("alice", 1, 1), VisitOf("bob", 1, 1), of_zulu}).ok());
  const std::string place = store_->ListVisitors("", "", 1)->next;
  ASSERT_FALSE(place.empty());
  const VisitorStore::VisitorPage page = *store_->ListVisitors("zulu", place, 10);
  ASSERT_EQ(page.entries.size(), 1U);
  EXPECT_EQ(page.entries[0].key, of_zulu.key);
  EXPECT_EQ(page.next, "");
}

TEST_P(VisitorStoreContract, ListsArePagedInKeyOrderToTheLast) {
  std::vector<VisitorChange> visits;
  std::vector<ExpectedVisitor> expected;
  for (const char* name : {"a", "b", "c", "d"}) {
    visits.emplace_back(VisitOf(name, 1, 1));
    expected.push_back(Expected(VisitorNamed(name), kYear9999));
  }
  ASSERT_TRUE(store_->Apply(visits).ok());
  ASSERT_TRUE(store_->ImportExpected(expected).ok());
  for (const size_t limit : {1, 2, 3, 4, 5}) {
    std::vector<std::string> listed;
    std::string next;
    do {
      const VisitorStore::VisitorPage page = *store_->ListVisitors("", next, limit);
      ASSERT_LE(page.entries.size(), limit);
      for (const Visit& visit : page.entries) listed.push_back(visit.key.user.canonical_id);
      next = page.next;
    } while (!next.empty());
    ASSERT_EQ(listed.size(), 4U);
    EXPECT_EQ(listed.front(), "sip:a@north.example");
    EXPECT_EQ(listed.back(), "sip:d@north.example");

    size_t count = 0;
    do {
      const VisitorStore::ExpectedPage page = *store_->ListExpected(next, limit);
      count += page.entries.size();
      next = page.next;
    } while (!next.empty());
    EXPECT_EQ(count, 4U);
  }
}

}  // namespace
}  // namespace mcmig::migration
