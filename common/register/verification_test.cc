#include "common/register/verification.h"

#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "common/register/row_codec.h"
#include "common/register/row_families.h"
#include "common/register/testing/memory_database.h"
#include "common/register/testing/migration_store_values.h"
#include "common/register/testing/visitor_store_values.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace mcmig::migration {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

const absl::Time kNow = absl::FromUnixSeconds(1'800'000'000);
constexpr absl::Duration kSkew = absl::Seconds(30);

using Rules = std::set<std::string>;

// The rules that are broken; each place is named.
Rules Broken(absl::StatusOr<FrozenStore> store, size_t limit) {
  if (!store.ok()) return {store.status().ToString()};
  Verification verification(*std::move(store), kNow, kSkew);
  Rules rules;
  for (int steps = 0; steps < 1000; ++steps) {
    const absl::StatusOr<Verification::Step> step = verification.Next(limit);
    if (!step.ok()) return {step.status().ToString()};
    EXPECT_LE(step->rows, limit);
    for (const Finding& finding : step->findings) {
      EXPECT_FALSE(finding.place.empty());
      EXPECT_FALSE(finding.text.empty());
      rules.insert(finding.rule);
    }
    if (step->done) return rules;
  }
  return {"does not end"};
}

// Changes rows of a closed store.
void Edit(MemoryDisk& disk, const std::vector<RowBatch::Change>& changes) {
  const std::unique_ptr<RowStore> rows = *disk.Open();
  RowBatch batch;
  for (const RowBatch::Change& change : changes) {
    change.value ? batch.Put(change.family, change.key, *change.value) : batch.Delete(change.family, change.key);
  }
  ASSERT_TRUE(rows->Write(batch).ok());
}

std::string ValueAt(MemoryDisk& disk, size_t family, const std::string& key) {
  const std::unique_ptr<RowStore> rows = *disk.Open();
  const absl::StatusOr<std::optional<std::string>> value = rows->Get({family, key});
  EXPECT_TRUE(value.ok() && value->has_value());
  return **value;
}

// Alice at p, then at q until a time, with a cancel at p (journal 1, 2); bob at p (3) and taken back (4); carol at q
// (5).
class MigrationVerificationTest : public ::testing::Test {
 protected:
  void SetUp() override {
    const std::unique_ptr<MigrationStore> store = *disk_.OpenMigrations();
    ASSERT_TRUE(store->SetAgreements({{"p", {protocol::McService::kMcptt}}, {"q", {}}}).ok());
    ASSERT_TRUE(store->ImportProfiles({ProfileOf(alice_, 1)}).ok());
    Migrate(*store, alice_, "p");
    Migrate(*store, alice_, "q");
    Migrate(*store, bob_, "p");
    ASSERT_TRUE(store->Apply({TakeBack(Change::kRevoked, bob_, *store->Read(bob_, ""))}).ok());
    Migrate(*store, UserNamed("carol"), "q");
  }
  static void Migrate(MigrationStore& store, const UserKey& user, const std::string& partner) {
    const Snapshot before = *store.Read(user, partner);
    Mutation mutation = MigrateTo(partner, user, before);
    if (before.record) {
      mutation.cancel = Mutation::Cancel{.partner_system = "p", .epoch = before.record->epoch};
      mutation.record.authorized_until = kNow;
    }
    ASSERT_EQ(store.Apply({mutation})->front(), CommitOutcome::kCommitted);
  }
  Rules Verify(size_t limit = 1000) {
    const std::unique_ptr<MigrationStore> store = *disk_.OpenMigrations();
    return Broken(store->Freeze(), limit);
  }
  // The record of alice, changed.
  template <class Change>
  void EditAlice(Change change) {
    row::RecordRow row = *row::ParseRecord(ValueAt(disk_, kRecords, alice_key_));
    change(row);
    Edit(disk_, {{kRecords, alice_key_, row::ValueOf(row.record, row.answered, row.last_change)}});
  }
  template <class Change>
  void EditEntry(uint64_t sequence, Change change) {
    const std::string key = row::SequenceKey(sequence);
    row::JournalRow row = *row::ParseJournalRow(key, ValueAt(disk_, kJournal, key));
    change(row);
    Edit(disk_, {{kJournal, key, row::ValueOf(row.entry, row.previous)}});
  }

  MemoryDisk disk_;
  const UserKey alice_ = UserNamed("alice");
  const UserKey bob_ = UserNamed("bob");
  const std::string alice_key_ = row::KeyOf(alice_);
  const std::string bob_key_ = row::KeyOf(bob_);
};

TEST_F(MigrationVerificationTest, WhatTheStoreWroteIsRightHoweverItIsDivided) {
  for (const size_t limit : {1, 2, 3, 7, 1000}) EXPECT_THAT(Verify(limit), IsEmpty());
}

TEST_F(MigrationVerificationTest, EmptyStoreIsRight) {
  MemoryDisk empty;
  const std::unique_ptr<MigrationStore> store = *empty.OpenMigrations();
  EXPECT_THAT(Broken(store->Freeze(), 1), IsEmpty());
}

TEST_F(MigrationVerificationTest, ChangesAfterTheMomentAreNotSeen) {
  const std::unique_ptr<MigrationStore> store = *disk_.OpenMigrations();
  absl::StatusOr<FrozenStore> frozen = store->Freeze();
  Migrate(*store, UserNamed("dave"), "p");
  EXPECT_THAT(Broken(std::move(frozen), 1), IsEmpty());
}

TEST_F(MigrationVerificationTest, RowsThatCannotBeUnderstoodAreFound) {
  Edit(disk_, {{kProfiles, alice_key_, "x"}, {kAgreements, "p", "x"}, {kByPartner, "x", ""}, {kByExpiry, "x", ""}});
  EXPECT_THAT(Verify(),
              ElementsAre("agreements.readable", "by_expiry.readable", "by_partner.readable", "profiles.readable"));
}

TEST_F(MigrationVerificationTest, DamagedRecordAndJournalEntryAreFound) {
  Edit(disk_, {{kRecords, bob_key_, "x"}});
  EXPECT_THAT(Verify(1), ElementsAre("journal.complete", "outbox.record", "records.readable"));
  Edit(disk_, {{kJournal, row::SequenceKey(1), "x"}, {kOutbox, row::OutboxKey("p", 2), "x"}});
  EXPECT_TRUE(Verify().contains("journal.readable"));
  EXPECT_TRUE(Verify().contains("journal.chain"));
  EXPECT_TRUE(Verify().contains("outbox.readable"));
}

TEST_F(MigrationVerificationTest, IndexAndRecordHaveToAgreeInBothDirections) {
  Edit(disk_, {{kByPartner, row::ByPartnerKey("q", alice_key_), std::nullopt}});
  EXPECT_THAT(Verify(), ElementsAre("records.by_partner"));
  Edit(disk_,
       {{kByPartner, row::ByPartnerKey("q", alice_key_), ""}, {kByPartner, row::ByPartnerKey("p", bob_key_), ""}});
  EXPECT_THAT(Verify(), ElementsAre("by_partner.record"));
  Edit(disk_, {{kByPartner, row::ByPartnerKey("p", bob_key_), std::nullopt},
               {kByExpiry, row::ByExpiryKey(kNow, alice_key_), std::nullopt}});
  EXPECT_THAT(Verify(), ElementsAre("records.by_expiry"));
  Edit(disk_, {{kByExpiry, row::ByExpiryKey(kNow, alice_key_), ""},
               {kByExpiry, row::ByExpiryKey(kNow + absl::Seconds(1), alice_key_), ""}});
  EXPECT_THAT(Verify(), ElementsAre("by_expiry.record"));
}

TEST_F(MigrationVerificationTest, EpochLaterThanTheJournalIsFound) {
  EditAlice([](row::RecordRow& row) { row.record.epoch.counter = 7; });
  EXPECT_THAT(Verify(), ElementsAre("records.last_change"));
}

TEST_F(MigrationVerificationTest, EpochEarlierThanTheJournalIsFound) {
  EditAlice([](row::RecordRow& row) { row.record.epoch.counter = 1; });
  const Rules broken = Verify();
  for (const char* rule : {"records.last_change", "records.answered", "journal.record", "outbox.record"}) {
    EXPECT_TRUE(broken.contains(rule)) << rule;
  }
}

TEST_F(MigrationVerificationTest, EpochOfALaterIncarnationIsFound) {
  EditAlice([](row::RecordRow& row) { row.record.epoch.incarnation = 2; });
  EXPECT_TRUE(Verify().contains("records.epoch"));
  EditEntry(5, [](row::JournalRow& row) { row.entry.epoch.incarnation = 2; });
  EXPECT_TRUE(Verify().contains("journal.epoch"));
}

TEST_F(MigrationVerificationTest, HistoryThatIsBrokenIsFound) {
  EditEntry(2, [](row::JournalRow& row) { row.previous = 0; });
  EXPECT_THAT(Verify(), ElementsAre("journal.chain", "journal.complete"));
  EditEntry(2, [](row::JournalRow& row) { row.previous = 3; });
  EXPECT_THAT(Verify(), ElementsAre("journal.chain", "journal.complete"));
  EditEntry(2, [](row::JournalRow& row) { row.previous = 1; });
  EXPECT_THAT(Verify(), IsEmpty());
  EditEntry(1, [](row::JournalRow& row) { row.entry.epoch.counter = 2; });
  EXPECT_THAT(Verify(), ElementsAre("journal.chain"));
}

// An entry that nothing leads to: each by itself is as it may be.
TEST_F(MigrationVerificationTest, ChangeThatNoHistoryLeadsToIsFound) {
  JournalEntry stray;
  stray.sequence = 6;
  stray.key = bob_;
  stray.epoch = {.incarnation = 1, .counter = 1};
  stray.after = "q";
  Edit(disk_, {{kJournal, row::SequenceKey(6), row::ValueOf(stray, 0)}});
  EXPECT_THAT(Verify(), ElementsAre("journal.complete", "journal.record"));
  Edit(disk_, {{kJournal, row::SequenceKey(6), std::nullopt}, {kRecords, bob_key_, std::nullopt}});
  EXPECT_THAT(Verify(), ElementsAre("journal.complete", "journal.record", "outbox.record"));
}

TEST_F(MigrationVerificationTest, LostJournalEntryIsFound) {
  Edit(disk_, {{kJournal, row::SequenceKey(5), std::nullopt}});
  EXPECT_THAT(Verify(), ElementsAre("journal.complete", "records.last_change"));
}

TEST_F(MigrationVerificationTest, CancelWithoutItsChangeOrOfTheEpochOnRecordIsFound) {
  OutboxEntry cancel;
  cancel.sequence = 5;
  cancel.partner_system = "q";
  cancel.key = UserNamed("carol");
  cancel.epoch = {.incarnation = 1, .counter = 1};
  Edit(disk_, {{kOutbox, row::OutboxKey("q", 5), row::ValueOf(cancel)}});
  EXPECT_THAT(Verify(), ElementsAre("outbox.journal", "outbox.record"));
}

TEST_F(MigrationVerificationTest, CountAndVersionsHaveToAgree) {
  Edit(disk_, {{RowView::kMetadata, "count", std::string("\x08\x05", 2)}});
  EXPECT_THAT(Verify(), ElementsAre("records.count"));
  UserProfiles user{.version = 99, .mc_service_id = "sip:x@north.example", .profiles = {}};
  Edit(disk_, {{RowView::kMetadata, "count", std::string("\x08\x02", 2)}, {kProfiles, bob_key_, row::ValueOf(user)}});
  EXPECT_THAT(Verify(), ElementsAre("profiles.version"));
}

class VisitorVerificationTest : public ::testing::Test {
 protected:
  void SetUp() override {
    const std::unique_ptr<VisitorStore> store = *disk_.OpenVisitors();
    ASSERT_TRUE(store->Apply({CancelOf("alice", 1, 3), VisitOf("alice", 1, 4), VisitOf("bob", 1, 1)}).ok());
  }
  Rules Verify(size_t limit = 1000) {
    const std::unique_ptr<VisitorStore> store = *disk_.OpenVisitors();
    return Broken(store->Freeze(), limit);
  }
  void PutVisitor(const Visit& visit) {
    Edit(disk_, {{kVisitors, row::KeyOf(visit.key), row::ValueOf(visit.visitor)}});
  }

  MemoryDisk disk_;
};

TEST_F(VisitorVerificationTest, WhatTheStoreWroteIsRight) {
  for (const size_t limit : {1, 2, 1000}) EXPECT_THAT(Verify(limit), IsEmpty());
}

TEST_F(VisitorVerificationTest, VisitorAtOrBelowTheHighestCancelledEpochIsFound) {
  PutVisitor(VisitOf("alice", 1, 3));
  EXPECT_THAT(Verify(), ElementsAre("visitors.cancelled"));
}

TEST_F(VisitorVerificationTest, VisitorBeyondItsTimeAndTheSkewIsFound) {
  Visit visit = VisitOf("bob", 1, 1);
  visit.visitor.authorized_until = kNow - kSkew;
  PutVisitor(visit);
  EXPECT_THAT(Verify(), IsEmpty());
  visit.visitor.authorized_until -= absl::Nanoseconds(1);
  PutVisitor(visit);
  EXPECT_THAT(Verify(), ElementsAre("visitors.expired"));
}

TEST_F(VisitorVerificationTest, WrongCountAndUnreadableRowsAreFound) {
  PutVisitor(VisitOf("carol", 1, 1));
  Edit(disk_, {{kExpected, "x", ""}, {kCancelled, "x", "x"}, {kVisitors, "x", "x"}});
  EXPECT_THAT(Verify(1), ElementsAre("cancelled.readable", "expected.readable", "visitors.count", "visitors.readable"));
}

}  // namespace
}  // namespace mcmig::migration
