#include "common/register/row_commit.h"

#include <utility>

#include "common/register/row_codec.h"

namespace mcmig::migration {

RowCommit::Current RowCommit::CurrentOf(const Record& record, uint64_t last_change) {
  Current current{.epoch = record.epoch, .at = {}, .last_change = last_change};
  if (record.state == State::kMigrated) {
    current.at = record.partner_system;
    current.authorized_until = record.authorized_until;
  }
  return current;
}

absl::StatusOr<CommitOutcome> RowCommit::Add(const Mutation& mutation) {
  const std::string key = row::KeyOf(mutation.key);
  const absl::StatusOr<Current*> current = RecordAt(key);
  if (!current.ok()) return current.status();
  if ((*current)->epoch != mutation.expected_epoch) return CommitOutcome::kRecordChanged;
  if (mutation.permission) {
    const absl::StatusOr<CommitOutcome> standing = Check(key, *mutation.permission);
    if (!standing.ok() || *standing != CommitOutcome::kCommitted) return standing;
  }

  const uint64_t sequence = ++last_sequence_;
  Current after = CurrentOf(mutation.record, sequence);
  batch_.Put(kRecords, key, row::ValueOf(mutation.record, mutation.answered, sequence));
  MoveIndexes(key, **current, after);
  batch_.Put(kJournal, row::SequenceKey(sequence),
             row::ValueOf(JournalEntry{.sequence = sequence,
                                       .key = mutation.key,
                                       .change = mutation.change,
                                       .epoch = after.epoch,
                                       .before = (*current)->at,
                                       .after = after.at,
                                       .request_id = mutation.record.request_id,
                                       .at = mutation.record.decided_at},
                          (*current)->last_change));
  if (mutation.cancel) {
    batch_.Put(kOutbox, row::OutboxKey(mutation.cancel->partner_system, sequence),
               row::ValueOf(OutboxEntry{.sequence = sequence,
                                        .partner_system = mutation.cancel->partner_system,
                                        .key = mutation.key,
                                        .epoch = mutation.cancel->epoch,
                                        .at = mutation.record.decided_at}));
  }
  more_migrated_ += static_cast<int64_t>(!after.at.empty()) - static_cast<int64_t>(!(*current)->at.empty());
  **current = std::move(after);
  return CommitOutcome::kCommitted;
}

absl::StatusOr<CommitOutcome> RowCommit::Check(const std::string& key, const Mutation::Permission& permission) {
  const absl::StatusOr<uint64_t> profile_version = ProfileVersion(key);
  if (!profile_version.ok()) return profile_version.status();
  if (*profile_version != permission.profile_version) return CommitOutcome::kProfilesChanged;
  const absl::StatusOr<uint64_t> agreement_version = AgreementVersion(permission.agreement_with);
  if (!agreement_version.ok()) return agreement_version.status();
  if (*agreement_version != permission.agreement_version) return CommitOutcome::kAgreementChanged;
  return CommitOutcome::kCommitted;
}

void RowCommit::MoveIndexes(const std::string& key, const Current& before, const Current& after) {
  if (before.at != after.at) {
    if (!before.at.empty()) batch_.Delete(kByPartner, row::ByPartnerKey(before.at, key));
    if (!after.at.empty()) batch_.Put(kByPartner, row::ByPartnerKey(after.at, key), "");
  }
  if (before.authorized_until != after.authorized_until) {
    if (before.authorized_until != absl::InfiniteFuture()) {
      batch_.Delete(kByExpiry, row::ByExpiryKey(before.authorized_until, key));
    }
    if (after.authorized_until != absl::InfiniteFuture()) {
      batch_.Put(kByExpiry, row::ByExpiryKey(after.authorized_until, key), "");
    }
  }
}

absl::StatusOr<RowCommit::Current*> RowCommit::RecordAt(const std::string& key) {
  if (const auto known = records_.find(key); known != records_.end()) return &known->second;
  const absl::StatusOr<std::optional<std::string>> value = rows_.Get({kRecords, key});
  if (!value.ok()) return value.status();
  Current& current = records_[key];
  if (!value->has_value()) return &current;
  absl::StatusOr<row::RecordRow> stored = row::ParseRecord(**value);
  if (!stored.ok()) return stored.status();
  current = CurrentOf(stored->record, stored->last_change);
  return &current;
}

absl::StatusOr<uint64_t> RowCommit::ProfileVersion(const std::string& key) const {
  const absl::StatusOr<std::optional<std::string>> value = rows_.Get({kProfiles, key});
  if (!value.ok()) return value.status();
  if (!value->has_value()) return 0;
  const absl::StatusOr<UserProfiles> user = row::ParseUserProfiles(**value);
  if (!user.ok()) return user.status();
  return user->version;
}

absl::StatusOr<uint64_t> RowCommit::AgreementVersion(const identity::SystemName& partner) {
  if (const auto known = agreement_versions_.find(partner); known != agreement_versions_.end()) return known->second;
  const absl::StatusOr<std::optional<std::string>> value = rows_.Get({kAgreements, partner});
  if (!value.ok()) return value.status();
  uint64_t version = 0;
  if (value->has_value()) {
    const absl::StatusOr<Agreement> agreement = row::ParseAgreement(**value);
    if (!agreement.ok()) return agreement.status();
    version = agreement->version;
  }
  agreement_versions_[partner] = version;
  return version;
}

}  // namespace mcmig::migration
