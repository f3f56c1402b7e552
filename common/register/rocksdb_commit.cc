#include "common/register/rocksdb_commit.h"

#include <utility>

#include "common/register/row_codec.h"

namespace mcmig::migration {
namespace {

identity::SystemName SystemServing(const Record& record) {
  return record.state == State::kMigrated ? record.partner_system : identity::SystemName();
}

}  // namespace

absl::StatusOr<CommitOutcome> RocksDbCommit::Add(const Mutation& mutation) {
  const std::string key = row::KeyOf(mutation.key);
  const absl::StatusOr<Current*> current = RecordAt(key);
  if (!current.ok()) return current.status();
  if ((*current)->epoch != mutation.expected_epoch) return CommitOutcome::kRecordChanged;

  const absl::StatusOr<uint64_t> profile_version = ProfileVersion(key);
  if (!profile_version.ok()) return profile_version.status();
  if (*profile_version != mutation.expected_profile_version) return CommitOutcome::kProfilesChanged;

  const absl::StatusOr<uint64_t> agreement_version = AgreementVersion(mutation.agreement_with);
  if (!agreement_version.ok()) return agreement_version.status();
  if (*agreement_version != mutation.expected_agreement_version) return CommitOutcome::kAgreementChanged;

  batch_.Put(database_.family(kRecords), key, row::ValueOf(mutation.record, mutation.answered));
  Current after{.epoch = mutation.record.epoch, .at = SystemServing(mutation.record)};
  const uint64_t sequence = ++last_sequence_;
  batch_.Put(database_.family(kJournal), row::SequenceKey(sequence),
             row::ValueOf(JournalEntry{.sequence = sequence,
                                       .key = mutation.key,
                                       .epoch = after.epoch,
                                       .before = (*current)->at,
                                       .after = after.at,
                                       .request_id = mutation.record.request_id,
                                       .at = mutation.record.decided_at}));
  if (mutation.cancel) {
    batch_.Put(database_.family(kOutbox), row::OutboxKey(mutation.cancel->partner_system, sequence),
               row::ValueOf(OutboxEntry{.sequence = sequence,
                                        .partner_system = mutation.cancel->partner_system,
                                        .key = mutation.key,
                                        .epoch = mutation.cancel->epoch}));
  }
  more_migrated_ += static_cast<int64_t>(!after.at.empty()) - static_cast<int64_t>(!(*current)->at.empty());
  **current = std::move(after);
  return CommitOutcome::kCommitted;
}

absl::StatusOr<RocksDbCommit::Current*> RocksDbCommit::RecordAt(const std::string& key) {
  if (const auto known = records_.find(key); known != records_.end()) return &known->second;
  const absl::StatusOr<std::optional<std::string>> value = database_.Get(database_.family(kRecords), key);
  if (!value.ok()) return value.status();
  Current& current = records_[key];
  if (!value->has_value()) return &current;
  absl::StatusOr<row::RecordRow> stored = row::ParseRecord(**value);
  if (!stored.ok()) return stored.status();
  current = {.epoch = stored->record.epoch, .at = SystemServing(stored->record)};
  return &current;
}

absl::StatusOr<uint64_t> RocksDbCommit::ProfileVersion(const std::string& key) {
  const absl::StatusOr<std::optional<std::string>> value = database_.Get(database_.family(kProfiles), key);
  if (!value.ok()) return value.status();
  if (!value->has_value()) return 0;
  const absl::StatusOr<UserProfiles> user = row::ParseUserProfiles(**value);
  if (!user.ok()) return user.status();
  return user->version;
}

absl::StatusOr<uint64_t> RocksDbCommit::AgreementVersion(const identity::SystemName& partner) {
  if (const auto known = agreement_versions_.find(partner); known != agreement_versions_.end()) return known->second;
  const absl::StatusOr<std::optional<std::string>> value = database_.Get(database_.family(kAgreements), partner);
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
