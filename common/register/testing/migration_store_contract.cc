#include "common/register/testing/migration_store_contract.h"

#include <algorithm>
#include <cstdint>
#include <utility>
#include <vector>

namespace mcmig::migration {

using protocol::Epoch;
using protocol::McService;
using Outcomes = std::vector<CommitOutcome>;

void MigrationStoreContract::SetUp() {
  place_ = GetParam()();
  Reopen();
  ASSERT_TRUE(store_->SetAgreements({{"p", {McService::kMcptt}}, {"q", {McService::kMcptt}}}).ok());
  const std::vector<MigrationStore::ProfileEntry> profiles = {ProfileOf(UserNamed("alice"), 1),
                                                              ProfileOf(UserNamed("bob"), 1)};
  ASSERT_TRUE(store_->ImportProfiles(profiles).ok());
}

void MigrationStoreContract::Reopen() {
  store_.reset();
  absl::StatusOr<std::unique_ptr<MigrationStore>> opened = place_.open();
  ASSERT_TRUE(opened.ok()) << opened.status();
  store_ = *std::move(opened);
}

Snapshot MigrationStoreContract::Read(const UserKey& key) const {
  absl::StatusOr<Snapshot> snapshot = store_->Read(key, "p");
  EXPECT_TRUE(snapshot.ok()) << snapshot.status();
  return snapshot.ok() ? *std::move(snapshot) : Snapshot{};
}

Outcomes MigrationStoreContract::Apply(const std::vector<Mutation>& mutations) const {
  absl::StatusOr<Outcomes> outcomes = store_->Apply(mutations);
  EXPECT_TRUE(outcomes.ok()) << outcomes.status();
  return outcomes.ok() ? *std::move(outcomes) : Outcomes{};
}

void MigrationStoreContract::ExpectSame(const Record& a, const Record& b) {
  EXPECT_EQ(a.epoch, b.epoch);
  EXPECT_EQ(a.state, b.state);
  EXPECT_EQ(a.primary_mc_service_id, b.primary_mc_service_id);
  EXPECT_EQ(a.partner_system, b.partner_system);
  EXPECT_EQ(a.partner_mc_service_id, b.partner_mc_service_id);
  EXPECT_EQ(a.profile_index, b.profile_index);
  EXPECT_EQ(a.through_gateway, b.through_gateway);
  EXPECT_EQ(a.authorized_until, b.authorized_until);
  EXPECT_EQ(a.decided_at, b.decided_at);
  EXPECT_EQ(a.request_id, b.request_id);
}

namespace {

TEST_P(MigrationStoreContract, UnknownUserAndSystemReadAsNothing) {
  const absl::StatusOr<Snapshot> snapshot = store_->Read(UserNamed("nobody"), "elsewhere");
  ASSERT_TRUE(snapshot.ok());
  EXPECT_FALSE(snapshot->user || snapshot->agreement || snapshot->record);
  EXPECT_TRUE(snapshot->answered.empty());
}

TEST_P(MigrationStoreContract, CommittedRecordAndRequestMemoryReadBackAlsoAfterReopening) {
  Mutation mutation = MigrateTo("p", UserNamed("alice"), Read(UserNamed("alice")));
  mutation.record.authorized_until = absl::FromUnixNanos(1'800'000'000'000'000'009);
  ASSERT_EQ(Apply({mutation}), Outcomes{CommitOutcome::kCommitted});
  for (int opened = 0; opened < 2; ++opened, Reopen()) {
    const Snapshot snapshot = Read(UserNamed("alice"));
    ASSERT_TRUE(snapshot.record.has_value());
    ExpectSame(*snapshot.record, mutation.record);
    ASSERT_EQ(snapshot.answered.size(), 1U);
    EXPECT_EQ(snapshot.answered[0].partner_system, "p");
    EXPECT_EQ(snapshot.answered[0].request_id, mutation.answered[0].request_id);
    EXPECT_EQ(snapshot.answered[0].digest, mutation.answered[0].digest);
    EXPECT_EQ(snapshot.answered[0].epoch, mutation.record.epoch);
    EXPECT_EQ(snapshot.answered[0].issued_at, mutation.answered[0].issued_at);
  }
}

TEST_P(MigrationStoreContract, ServicesOfOneUserAreApart) {
  UserKey video = UserNamed("alice");
  video.service = McService::kMcvideo;
  ASSERT_TRUE(store_->ImportProfiles({ProfileOf(video, 1)}).ok());
  ASSERT_EQ(Apply({MigrateTo("p", video, Read(video))}), Outcomes{CommitOutcome::kCommitted});
  EXPECT_FALSE(Read(UserNamed("alice")).record.has_value());
  EXPECT_TRUE(Read(video).record.has_value());
}

TEST_P(MigrationStoreContract, AnyOtherEpochIsRecordChangedAndWritesNothing) {
  const UserKey alice = UserNamed("alice");
  const Mutation first = MigrateTo("p", alice, Read(alice));
  ASSERT_EQ(Apply({first}), Outcomes{CommitOutcome::kCommitted});
  for (const Epoch expected : {Epoch{}, Epoch{.incarnation = 1, .counter = 2}, Epoch{.incarnation = 2, .counter = 1}}) {
    Mutation late = MigrateTo("q", alice, Read(alice));
    late.expected_epoch = expected;
    EXPECT_EQ(Apply({late}), Outcomes{CommitOutcome::kRecordChanged});
  }
  Mutation unexpected = MigrateTo("q", UserNamed("bob"), Read(UserNamed("bob")));
  unexpected.expected_epoch = {.incarnation = 1, .counter = 1};
  EXPECT_EQ(Apply({unexpected}), Outcomes{CommitOutcome::kRecordChanged});
  EXPECT_FALSE(Read(UserNamed("bob")).record.has_value());
  ExpectSame(*Read(alice).record, first.record);
  EXPECT_EQ(store_->ListJournal(0, 100)->size(), 1U);
}

TEST_P(MigrationStoreContract, ProfilesChangedSinceTheDecisionAreNoticed) {
  const UserKey alice = UserNamed("alice");
  const Snapshot decided_on = Read(alice);
  ASSERT_TRUE(store_->ImportProfiles({ProfileOf(UserNamed("bob"), 2)}).ok());
  const Mutation unaffected = MigrateTo("p", alice, decided_on);
  ASSERT_TRUE(store_->ImportProfiles({ProfileOf(alice, 2)}).ok());
  EXPECT_EQ(Apply({unaffected}), Outcomes{CommitOutcome::kProfilesChanged});
  EXPECT_FALSE(Read(alice).record.has_value());
  EXPECT_EQ(Apply({MigrateTo("p", alice, Read(alice))}), Outcomes{CommitOutcome::kCommitted});
}

TEST_P(MigrationStoreContract, ProfilesOfOthersDoNotMatter) {
  const Snapshot decided_on = Read(UserNamed("alice"));
  ASSERT_TRUE(store_->ImportProfiles({ProfileOf(UserNamed("bob"), 2)}).ok());
  EXPECT_EQ(Apply({MigrateTo("p", UserNamed("alice"), decided_on)}), Outcomes{CommitOutcome::kCommitted});
}

TEST_P(MigrationStoreContract, AgreementChangedSinceTheDecisionIsNoticed) {
  const UserKey alice = UserNamed("alice");
  const Mutation decided = MigrateTo("p", alice, Read(alice));
  ASSERT_TRUE(store_->SetAgreements({{"p", {McService::kMcdata, McService::kMcptt}}}).ok());
  EXPECT_EQ(Apply({decided}), Outcomes{CommitOutcome::kAgreementChanged});
  const Mutation anew = MigrateTo("p", alice, Read(alice));
  ASSERT_TRUE(store_->SetAgreements({}).ok());
  EXPECT_EQ(Apply({anew}), Outcomes{CommitOutcome::kAgreementChanged});
  EXPECT_FALSE(Read(alice).agreement.has_value());
  // Back again is another version: what was decided before the gap stays undone.
  ASSERT_TRUE(store_->SetAgreements({{"p", {McService::kMcdata, McService::kMcptt}}}).ok());
  EXPECT_EQ(Apply({anew}), Outcomes{CommitOutcome::kAgreementChanged});
}

TEST_P(MigrationStoreContract, UnchangedAgreementsKeepTheirVersionAlsoAfterReopening) {
  const Mutation decided = MigrateTo("p", UserNamed("alice"), Read(UserNamed("alice")));
  Reopen();
  ASSERT_TRUE(store_->SetAgreements({{"p", {McService::kMcptt}}, {"r", {}}}).ok());
  EXPECT_EQ(Apply({decided}), Outcomes{CommitOutcome::kCommitted});
}

TEST_P(MigrationStoreContract, MutationsOfOneBatchSeeTheOnesBeforeThem) {
  const UserKey alice = UserNamed("alice");
  const Mutation first = MigrateTo("p", alice, Read(alice));
  Mutation twin = MigrateTo("q", alice, *store_->Read(alice, "q"));
  Snapshot after_first = *store_->Read(alice, "q");
  after_first.record = first.record;
  const Mutation third = MigrateTo("q", alice, after_first);
  const Mutation other = MigrateTo("p", UserNamed("bob"), Read(UserNamed("bob")));
  EXPECT_EQ(Apply({first, twin, other, third}), (Outcomes{CommitOutcome::kCommitted, CommitOutcome::kRecordChanged,
                                                          CommitOutcome::kCommitted, CommitOutcome::kCommitted}));
  EXPECT_EQ(Read(alice).record->partner_system, "q");
  const std::vector<JournalEntry> journal = *store_->ListJournal(0, 100);
  ASSERT_EQ(journal.size(), 3U);
  EXPECT_EQ(journal[2].before, "p");
  EXPECT_EQ(journal[2].after, "q");
}

TEST_P(MigrationStoreContract, ImportMergesByIndexAndKeepsEveryField) {
  const UserKey alice = UserNamed("alice");
  const uint64_t before = Read(alice).user->version;
  MigrationStore::ProfileEntry second = ProfileOf(alice, 255);
  second.mc_service_id = "sip:ALICE@north.example";
  second.profile.pre_selected = true;
  second.profile.user_disabled = true;
  second.profile.priority = true;
  MigrationStore::ProfileEntry again = second;
  again.profile.enabled = false;
  ASSERT_TRUE(store_->ImportProfiles({second, ProfileOf(UserNamed("carol"), 0), again}).ok());
  Reopen();
  const UserProfiles user = *Read(alice).user;
  EXPECT_GT(user.version, before);
  EXPECT_EQ(user.mc_service_id, "sip:ALICE@north.example");
  ASSERT_EQ(user.profiles.size(), 2U);
  EXPECT_EQ(user.profiles[0].index, 1);
  EXPECT_TRUE(user.profiles[0].enabled);
  EXPECT_EQ(user.profiles[0].name, "on duty");
  EXPECT_EQ(user.profiles[0].organization, "fire");
  ASSERT_EQ(user.profiles[0].partner_systems.size(), 2U);
  EXPECT_EQ(user.profiles[0].partner_systems[0].access_information, "https://idms.p.example");
  EXPECT_EQ(user.profiles[1].index, 255);
  EXPECT_FALSE(user.profiles[1].enabled);
  EXPECT_TRUE(user.profiles[1].pre_selected);
  EXPECT_TRUE(user.profiles[1].user_disabled);
  EXPECT_FALSE(user.profiles[0].priority);
  EXPECT_TRUE(user.profiles[1].priority);
  EXPECT_EQ(Read(UserNamed("carol")).user->profiles.size(), 1U);
}

TEST_P(MigrationStoreContract, VersionsNeverRepeatAlsoAfterReopening) {
  const UserKey alice = UserNamed("alice");
  uint64_t last = Read(alice).user->version;
  for (int opened = 0; opened < 3; ++opened, Reopen()) {
    ASSERT_TRUE(store_->ImportProfiles({ProfileOf(alice, 1)}).ok());
    const uint64_t version = Read(alice).user->version;
    EXPECT_GT(version, last);
    last = version;
  }
}

TEST_P(MigrationStoreContract, JournalAndOutboxContinueAfterReopening) {
  const UserKey alice = UserNamed("alice");
  EXPECT_EQ(*store_->LastSequence(), 0U);
  for (const char* partner : {"p", "q", "p", "q"}) {
    Mutation mutation = MigrateTo(partner, alice, *store_->Read(alice, partner));
    const std::optional<Record> held = Read(alice).record;
    if (held) mutation.cancel = Mutation::Cancel{.partner_system = held->partner_system, .epoch = held->epoch};
    ASSERT_EQ(Apply({mutation}), Outcomes{CommitOutcome::kCommitted});
    Reopen();
  }
  const std::vector<JournalEntry> journal = *store_->ListJournal(0, 100);
  ASSERT_EQ(journal.size(), 4U);
  for (size_t i = 0; i < journal.size(); ++i) {
    EXPECT_EQ(journal[i].epoch, (Epoch{.incarnation = 1, .counter = i + 1}));
    EXPECT_EQ(journal[i].key, alice);
    if (i > 0) EXPECT_EQ(journal[i].before, journal[i - 1].after);
    if (i > 0) EXPECT_GT(journal[i].sequence, journal[i - 1].sequence);
  }
  EXPECT_EQ(journal[0].before, "");
  EXPECT_EQ(journal[3].after, "q");
  EXPECT_EQ(store_->ListJournal(journal[1].sequence, 1)->front().sequence, journal[2].sequence);
  EXPECT_EQ(*store_->LastSequence(), journal[3].sequence);

  const std::vector<OutboxEntry> to_p = *store_->ListOutbox("p", 0, 100);
  ASSERT_EQ(to_p.size(), 2U);
  EXPECT_EQ(to_p[0].at, journal[1].at);
  EXPECT_EQ(to_p[0].partner_system, "p");
  EXPECT_EQ(to_p[0].key, alice);
  EXPECT_EQ(to_p[0].epoch, (Epoch{.incarnation = 1, .counter = 1}));
  EXPECT_EQ(to_p[0].sequence, journal[1].sequence);
  EXPECT_EQ(to_p[1].epoch, (Epoch{.incarnation = 1, .counter = 3}));
  EXPECT_EQ(store_->ListOutbox("p", to_p[0].sequence, 1)->front().sequence, to_p[1].sequence);
  EXPECT_EQ(store_->ListOutbox("q", 0, 100)->size(), 1U);
  EXPECT_TRUE(store_->ListOutbox("", 0, 100)->empty());
}

TEST_P(MigrationStoreContract, RecordsAreListedInKeyOrderByPages) {
  const std::vector<std::string> names = {"a", "a-b", "ab", "b", "\xc3\xa9"};
  std::vector<Mutation> mutations;
  mutations.reserve(names.size());
  for (const std::string& name : names) mutations.push_back(MigrateTo("p", UserNamed(name), Read(UserNamed(name))));
  ASSERT_EQ(Apply(mutations), Outcomes(names.size(), CommitOutcome::kCommitted));
  std::vector<UserKey> listed;
  std::optional<UserKey> after;
  for (;;) {
    const std::vector<MigrationStore::RecordEntry> page = *store_->ListRecords(after, 2);
    for (const MigrationStore::RecordEntry& entry : page) listed.push_back(entry.key);
    if (page.size() < 2) break;
    after = listed.back();
  }
  EXPECT_EQ(listed.size(), names.size());
  EXPECT_TRUE(std::is_sorted(listed.begin(), listed.end()));
  ExpectSame(store_->ListRecords(std::nullopt, 1)->front().record, mutations[1].record);
}

TEST_P(MigrationStoreContract, DamagedRecordIsDataLossForReadAndCommitAndNeverAbsence) {
  const UserKey alice = UserNamed("alice");
  const Mutation first = MigrateTo("p", alice, Read(alice));
  ASSERT_EQ(Apply({first}), Outcomes{CommitOutcome::kCommitted});
  store_.reset();
  place_.damage_record(alice);
  Reopen();
  EXPECT_EQ(store_->Read(alice, "p").status().code(), absl::StatusCode::kDataLoss);
  EXPECT_EQ(store_->Apply({first}).status().code(), absl::StatusCode::kDataLoss);
  EXPECT_EQ(store_->ListRecords(std::nullopt, 10).status().code(), absl::StatusCode::kDataLoss);
}

TEST_P(MigrationStoreContract, MigratedRecordsAreCountedOnceEachAlsoAfterReopening) {
  const UserKey alice = UserNamed("alice");
  EXPECT_EQ(*store_->CountMigrated(), 0U);
  ASSERT_EQ(Apply({MigrateTo("p", alice, Read(alice)), MigrateTo("p", UserNamed("bob"), Read(UserNamed("bob")))}),
            (Outcomes{CommitOutcome::kCommitted, CommitOutcome::kCommitted}));
  EXPECT_EQ(*store_->CountMigrated(), 2U);
  ASSERT_EQ(Apply({MigrateTo("q", alice, *store_->Read(alice, "q"))}), Outcomes{CommitOutcome::kCommitted});
  EXPECT_EQ(*store_->CountMigrated(), 2U);
  const Mutation home = TakeBack(Change::kEnded, alice, Read(alice));
  EXPECT_EQ(Apply({home, home}), (Outcomes{CommitOutcome::kCommitted, CommitOutcome::kRecordChanged}));
  for (int opened = 0; opened < 2; ++opened, Reopen()) EXPECT_EQ(*store_->CountMigrated(), 1U);
}

TEST_P(MigrationStoreContract, IncarnationOfANewStoreIsOne) { EXPECT_EQ(store_->incarnation(), 1U); }

}  // namespace
}  // namespace mcmig::migration
