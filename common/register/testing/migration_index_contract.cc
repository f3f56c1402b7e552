// What is found by partner MC system, by expiry, by user, and in the outbox.
#include <algorithm>
#include <cstdint>
#include <map>
#include <random>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/register/testing/migration_store_contract.h"

namespace mcmig::migration {
namespace {

using protocol::Epoch;
using protocol::McService;
using Outcomes = std::vector<CommitOutcome>;

const absl::Time kHour = absl::UnixEpoch() + absl::Hours(1);

std::vector<std::string> NamesOf(const std::vector<UserKey>& keys) {
  std::vector<std::string> names;
  names.reserve(keys.size());
  for (const UserKey& key : keys) names.push_back(key.canonical_id);
  return names;
}

// The users at `partner`, by pages of `limit`.
std::vector<UserKey> UsersAt(MigrationStore& store, const std::string& partner, size_t limit) {
  std::vector<UserKey> users;
  std::optional<UserKey> after;
  do {
    const absl::StatusOr<MigrationStore::RecordPage> page = store.ListRecordsAt(partner, after, limit);
    if (!page.ok() || page->entries.size() > limit) return {UserNamed("no such page")};
    for (const MigrationStore::RecordEntry& entry : page->entries) {
      EXPECT_EQ(entry.record.partner_system, partner);
      users.push_back(entry.key);
    }
    after = page->next;
  } while (after);
  return users;
}

TEST_P(MigrationStoreContract, ChangeWithoutPermissionLooksAtTheEpochOnly) {
  const UserKey alice = UserNamed("alice");
  ASSERT_EQ(Apply({MigrateTo("p", alice, Read(alice))}), Outcomes{CommitOutcome::kCommitted});
  const Mutation end = TakeBack(Change::kRevoked, alice, Read(alice));
  ASSERT_TRUE(store_->ImportProfiles({ProfileOf(alice, 2)}).ok());
  ASSERT_TRUE(store_->SetAgreements({}).ok());
  EXPECT_EQ(Apply({end, end}), (Outcomes{CommitOutcome::kCommitted, CommitOutcome::kRecordChanged}));
  ExpectSame(*Read(alice).record, end.record);
}

TEST_P(MigrationStoreContract, PermissionThatFoundNothingHoldsAsLongAsThereIsNothing) {
  const UserKey nobody = UserNamed("nobody");
  ASSERT_EQ(Apply({MigrateTo("z", nobody, *store_->Read(nobody, "z"))}), Outcomes{CommitOutcome::kCommitted});
  Mutation end = TakeBack(Change::kWithdrawn, nobody, Read(nobody));
  end.permission = Mutation::Permission{.profile_version = 0, .agreement_with = "z", .agreement_version = 0};
  ASSERT_TRUE(store_->SetAgreements({{"z", {McService::kMcptt}}}).ok());
  EXPECT_EQ(Apply({end}), Outcomes{CommitOutcome::kAgreementChanged});
  ASSERT_TRUE(store_->SetAgreements({}).ok());
  EXPECT_EQ(Apply({end}), Outcomes{CommitOutcome::kCommitted});
}

TEST_P(MigrationStoreContract, RemovedProfilesAreGoneAndNoDecisionThatReadThemIsCommitted) {
  const UserKey alice = UserNamed("alice");
  ASSERT_TRUE(store_->ImportProfiles({ProfileOf(alice, 2), ProfileOf(alice, 3)}).ok());
  const Mutation at_three = MigrateTo("p", alice, Read(alice));
  EXPECT_EQ(*store_->RemoveProfiles({.key = alice, .index = 2}), 1U);
  EXPECT_EQ(*store_->RemoveProfiles({.key = alice, .index = 2}), 0U);
  Reopen();
  ASSERT_EQ(Read(alice).user->profiles.size(), 2U);
  EXPECT_EQ(Read(alice).user->profiles[1].index, 3);
  EXPECT_EQ(Apply({at_three}), Outcomes{CommitOutcome::kProfilesChanged});

  const Mutation at_two = MigrateTo("p", alice, Read(alice));
  EXPECT_EQ(*store_->RemoveProfiles({.key = alice, .index = std::nullopt}), 2U);
  EXPECT_EQ(*store_->RemoveProfiles({.key = alice, .index = std::nullopt}), 0U);
  EXPECT_EQ(*store_->RemoveProfiles({.key = UserNamed("nobody"), .index = std::nullopt}), 0U);
  Reopen();
  EXPECT_FALSE(Read(alice).user.has_value());
  EXPECT_TRUE(Read(UserNamed("bob")).user.has_value());
  EXPECT_EQ(Apply({at_two}), Outcomes{CommitOutcome::kProfilesChanged});
  // Imported again, they are not what was removed.
  ASSERT_TRUE(store_->ImportProfiles({ProfileOf(alice, 1)}).ok());
  EXPECT_EQ(Apply({at_two}), Outcomes{CommitOutcome::kProfilesChanged});
  EXPECT_EQ(Apply({MigrateTo("p", alice, Read(alice))}), Outcomes{CommitOutcome::kCommitted});
}

TEST_P(MigrationStoreContract, RecordsAreFoundByPartnerAsUsersMoveAndReturn) {
  const UserKey alice = UserNamed("alice");
  const UserKey bob = UserNamed("bob");
  UserKey video = alice;
  video.service = McService::kMcvideo;
  ASSERT_EQ(
      Apply({MigrateTo("p", alice, Read(alice)), MigrateTo("p", bob, Read(bob)), MigrateTo("p", video, Read(video)),
             MigrateTo("pq", UserNamed("carol"), *store_->Read(UserNamed("carol"), "pq"))}),
      Outcomes(4, CommitOutcome::kCommitted));
  for (const size_t limit : {1, 2, 3, 4}) {
    EXPECT_EQ(UsersAt(*store_, "p", limit), (std::vector<UserKey>{alice, video, bob}));
  }
  EXPECT_EQ(UsersAt(*store_, "pq", 10).size(), 1U);

  // Moved, returned, and authorized anew.
  const Snapshot before = *store_->Read(alice, "q");
  ASSERT_EQ(Apply({MigrateTo("q", alice, before), TakeBack(Change::kEnded, bob, Read(bob)),
                   MigrateTo("p", video, Read(video))}),
            Outcomes(3, CommitOutcome::kCommitted));
  for (int opened = 0; opened < 2; ++opened, Reopen()) {
    EXPECT_EQ(UsersAt(*store_, "p", 1), std::vector<UserKey>{video});
    EXPECT_EQ(UsersAt(*store_, "q", 1), std::vector<UserKey>{alice});
    EXPECT_TRUE(UsersAt(*store_, "", 10).empty());
  }
  ExpectSame(store_->ListRecordsAt("q", std::nullopt, 1)->entries.front().record, *Read(alice).record);
}

TEST_P(MigrationStoreContract, ExpiredMigrationsAreFoundByTimeAndOnlyWhileTheyLast) {
  std::vector<Mutation> mutations;
  const std::vector<std::pair<std::string, absl::Time>> until = {{"late", kHour + absl::Nanoseconds(1)},
                                                                 {"second", kHour},
                                                                 {"first", absl::FromUnixNanos(-1)},
                                                                 {"never", absl::InfiniteFuture()}};
  for (const auto& [name, time] : until) {
    mutations.push_back(MigrateTo("p", UserNamed(name), Read(UserNamed(name))));
    mutations.back().record.authorized_until = time;
  }
  ASSERT_EQ(Apply(mutations), Outcomes(4, CommitOutcome::kCommitted));
  const std::vector<UserKey> first = {UserNamed("first")};
  for (int opened = 0; opened < 2; ++opened, Reopen()) {
    EXPECT_EQ(NamesOf(*store_->ListExpired(kHour, 10)), NamesOf({UserNamed("first"), UserNamed("second")}));
    EXPECT_EQ(*store_->ListExpired(kHour, 1), first);
    EXPECT_EQ(*store_->ListExpired(kHour - absl::Nanoseconds(1), 10), first);
    EXPECT_EQ(store_->ListExpired(kHour + absl::Nanoseconds(1), 10)->size(), 3U);
    EXPECT_TRUE(store_->ListExpired(absl::InfinitePast(), 10)->empty());
  }

  // Taken back; authorized anew for longer; for ever.
  Mutation longer = MigrateTo("p", UserNamed("second"), Read(UserNamed("second")));
  longer.record.authorized_until = kHour + absl::Hours(1);
  ASSERT_EQ(Apply({TakeBack(Change::kExpired, first[0], Read(first[0])), longer,
                   MigrateTo("p", UserNamed("late"), Read(UserNamed("late")))}),
            Outcomes(3, CommitOutcome::kCommitted));
  EXPECT_TRUE(store_->ListExpired(kHour, 10)->empty());
  EXPECT_EQ(*store_->ListExpired(absl::FromUnixSeconds(4'000'000'000), 10), std::vector<UserKey>{UserNamed("second")});
}

TEST_P(MigrationStoreContract, HistoryOfOneUserIsTheLastChangeFirstAndSaysWhatItWas) {
  const UserKey alice = UserNamed("alice");
  ASSERT_EQ(Apply({MigrateTo("p", alice, Read(alice)), MigrateTo("p", UserNamed("bob"), Read(UserNamed("bob")))}),
            Outcomes(2, CommitOutcome::kCommitted));
  const std::vector<Change> endings = {Change::kEnded, Change::kRevoked, Change::kReturnedHome, Change::kExpired,
                                       Change::kWithdrawn};
  for (const Change ending : endings) {
    ASSERT_EQ(Apply({TakeBack(ending, alice, Read(alice))}), Outcomes{CommitOutcome::kCommitted});
    ASSERT_EQ(Apply({MigrateTo("p", alice, Read(alice))}), Outcomes{CommitOutcome::kCommitted});
  }
  for (int opened = 0; opened < 2; ++opened, Reopen()) {
    const std::vector<JournalEntry> history = *store_->ListHistory(alice, 0, 100);
    ASSERT_EQ(history.size(), 11U);
    for (size_t i = 0; i < history.size(); ++i) {
      const JournalEntry& entry = history[history.size() - 1 - i];
      EXPECT_EQ(entry.key, alice);
      EXPECT_EQ(entry.epoch, (Epoch{.incarnation = 1, .counter = i + 1}));
      EXPECT_EQ(entry.change, i % 2 == 0 ? Change::kAuthorized : endings[i / 2]);
      EXPECT_EQ(entry.after, i % 2 == 0 ? "p" : "");
    }
    EXPECT_EQ(store_->ListHistory(alice, history[3].sequence, 2)->back().sequence, history[5].sequence);
    EXPECT_TRUE(store_->ListHistory(alice, history[10].sequence, 2)->empty());
  }
  const std::vector<JournalEntry> of_bob = *store_->ListHistory(UserNamed("bob"), 0, 100);
  EXPECT_EQ(of_bob.size(), 1U);
  for (const uint64_t sequence : {of_bob[0].sequence, uint64_t{999}}) {
    EXPECT_EQ(store_->ListHistory(alice, sequence, 9).status().code(), absl::StatusCode::kInvalidArgument);
  }
  UserKey other = alice;
  other.service = McService::kMcdata;
  EXPECT_TRUE(store_->ListHistory(other, 0, 100)->empty());
}

TEST_P(MigrationStoreContract, AcknowledgedCancelsAreForgottenAndNoOthers) {
  const std::vector<std::string> partners = {"p", "p", "p", "pq", "q"};
  for (size_t i = 0; i < partners.size(); ++i) {
    const UserKey user = UserNamed(absl::StrCat("user", i));
    ASSERT_EQ(Apply({MigrateTo(partners[i], user, *store_->Read(user, partners[i]))}),
              Outcomes{CommitOutcome::kCommitted});
    Mutation end = TakeBack(Change::kRevoked, user, Read(user));
    end.record.decided_at = kHour + absl::Minutes(i);
    ASSERT_EQ(Apply({end}), Outcomes{CommitOutcome::kCommitted});
  }
  const std::vector<OutboxEntry> oldest = *store_->ListOldestCancels();
  ASSERT_EQ(oldest.size(), 3U);
  EXPECT_EQ(oldest[0].partner_system, "p");
  EXPECT_EQ(oldest[0].key, UserNamed("user0"));
  EXPECT_EQ(oldest[0].epoch, (Epoch{.incarnation = 1, .counter = 1}));
  EXPECT_EQ(oldest[0].at, kHour);
  EXPECT_EQ(oldest[1].partner_system, "pq");
  EXPECT_EQ(oldest[2].partner_system, "q");
  EXPECT_EQ(oldest[2].at, kHour + absl::Minutes(4));

  const std::vector<OutboxEntry> to_p = *store_->ListOutbox("p", 0, 100);
  ASSERT_EQ(to_p.size(), 3U);
  const std::vector<MigrationStore::Acknowledgement> acknowledged = {{"p", to_p[1].sequence},
                                                                     {"q", oldest[2].sequence}};
  for (int times = 0; times < 2; ++times) {
    ASSERT_TRUE(store_->Acknowledge(acknowledged).ok());
    Reopen();
    EXPECT_EQ(store_->ListOutbox("p", 0, 100)->front().sequence, to_p[0].sequence);
    EXPECT_EQ(store_->ListOutbox("p", to_p[0].sequence, 100)->front().sequence, to_p[2].sequence);
    EXPECT_EQ(store_->ListOutbox("pq", 0, 100)->size(), 1U);
    EXPECT_TRUE(store_->ListOutbox("q", 0, 100)->empty());
    EXPECT_EQ(store_->ListOldestCancels()->size(), 2U);
  }
  ASSERT_TRUE(store_->Acknowledge({{"p", to_p[0].sequence}}).ok());
  EXPECT_EQ(store_->ListOldestCancels()->front().sequence, to_p[2].sequence);
  EXPECT_TRUE(store_->Acknowledge({}).ok());
}

TEST_P(MigrationStoreContract, AfterAnyChangesEveryIndexSaysWhatTheRecordsAndTheJournalSay) {
  std::mt19937 random(4);
  const auto any = [&random](unsigned below) { return static_cast<int>(random() % below); };
  std::vector<UserKey> users;
  users.reserve(6);
  for (int i = 0; i < 6; ++i) users.push_back(UserNamed(absl::StrCat("u", i)));
  for (int batch = 0; batch < 60; ++batch) {
    std::map<UserKey, Snapshot> seen;
    std::vector<Mutation> mutations;
    for (int i = any(5); i >= 0; --i) {
      const UserKey& user = users[static_cast<size_t>(any(6))];
      Snapshot& snapshot = seen.try_emplace(user, Read(user)).first->second;
      const bool migrated = snapshot.record && snapshot.record->state == State::kMigrated;
      snapshot.agreement.reset();
      Mutation mutation = migrated && any(3) == 0 ? TakeBack(Change::kEnded, user, snapshot)
                                                  : MigrateTo(any(2) == 0 ? "p" : "q", user, snapshot);
      mutation.permission.reset();
      if (mutation.record.state == State::kMigrated && any(2) == 0) {
        mutation.record.authorized_until = kHour + absl::Minutes(any(100));
      }
      snapshot.record = mutation.record;
      mutations.push_back(mutation);
    }
    ASSERT_EQ(Apply(mutations), Outcomes(mutations.size(), CommitOutcome::kCommitted));
  }
  for (int opened = 0; opened < 2; ++opened, Reopen()) {
    std::map<std::string, std::vector<UserKey>> at;
    std::vector<std::pair<absl::Time, UserKey>> expiring;
    const std::vector<MigrationStore::RecordEntry> records = *store_->ListRecords(std::nullopt, 100);
    for (const MigrationStore::RecordEntry& entry : records) {
      at[entry.record.partner_system].push_back(entry.key);
      if (entry.record.authorized_until == absl::InfiniteFuture()) continue;
      expiring.emplace_back(entry.record.authorized_until, entry.key);
    }
    EXPECT_EQ(UsersAt(*store_, "p", 2), at["p"]);
    EXPECT_EQ(UsersAt(*store_, "q", 2), at["q"]);
    EXPECT_EQ(*store_->CountMigrated(), at["p"].size() + at["q"].size());
    std::sort(expiring.begin(), expiring.end());
    const std::vector<UserKey> expired = *store_->ListExpired(kHour + absl::Hours(100), 100);
    ASSERT_EQ(expired.size(), expiring.size());
    for (size_t i = 0; i < expired.size(); ++i) EXPECT_EQ(expired[i], expiring[i].second);
    std::map<UserKey, std::vector<uint64_t>> journal;
    const std::vector<JournalEntry> changes = *store_->ListJournal(0, 1000);
    for (const JournalEntry& entry : changes) journal[entry.key].push_back(entry.sequence);
    for (const UserKey& user : users) {
      const std::vector<JournalEntry> of_user = *store_->ListHistory(user, 0, 1000);
      std::vector<uint64_t> history;
      history.reserve(of_user.size());
      for (const JournalEntry& entry : of_user) history.push_back(entry.sequence);
      std::reverse(history.begin(), history.end());
      EXPECT_EQ(history, journal[user]);
    }
  }
}

}  // namespace
}  // namespace mcmig::migration
