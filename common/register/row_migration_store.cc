#include "common/register/row_migration_store.h"

#include <algorithm>
#include <utility>

#include "common/register/row_codec.h"
#include "common/register/row_commit.h"
#include "common/register/row_count.h"
#include "common/register/row_families.h"
#include "common/register/storage.pb.h"

namespace mcmig::migration {
namespace {

std::string VersionsValue(uint64_t last) {
  storage::VersionCounter counter;
  counter.set_last(last);
  return counter.SerializeAsString();
}

// What the import is about, as it is now.
absl::StatusOr<absl::flat_hash_map<std::string, UserProfiles>> ReadUsers(const RowStore& rows,
                                                                         const std::vector<std::string>& keys) {
  std::vector<RowStore::Place> places;
  places.reserve(keys.size());
  for (const std::string& key : keys) places.push_back({kProfiles, key});
  absl::StatusOr<std::vector<std::optional<std::string>>> values = rows.Get(places);
  if (!values.ok()) return values.status();
  absl::flat_hash_map<std::string, UserProfiles> users;
  users.reserve(keys.size());
  for (size_t i = 0; i < keys.size(); ++i) {
    UserProfiles& user = users[keys[i]];
    if (!(*values)[i]) continue;
    absl::StatusOr<UserProfiles> stored = row::ParseUserProfiles(*(*values)[i]);
    if (!stored.ok()) return stored.status();
    user = *std::move(stored);
  }
  return users;
}

bool IsMigrated(absl::string_view value) {
  const absl::StatusOr<row::RecordRow> stored = row::ParseRecord(value);
  return stored.ok() && stored->record.state == State::kMigrated;
}

}  // namespace

std::vector<std::string> RowMigrationStore::Families() {
  return {"profiles", "records", "journal", "outbox", "agreements", "by_partner", "by_expiry"};
}

absl::StatusOr<std::unique_ptr<MigrationStore>> RowMigrationStore::Open(std::unique_ptr<RowStore> rows) {
  std::unique_ptr<RowMigrationStore> store(new RowMigrationStore(std::move(rows)));
  const absl::StatusOr<uint64_t> last = store->LastSequence();
  if (!last.ok()) return last.status();
  store->last_sequence_ = *last;
  const absl::StatusOr<std::optional<std::string>> versions = store->rows_->Get({RowStore::kMetadata, kVersionsKey});
  if (!versions.ok()) return versions.status();
  storage::VersionCounter counter;
  if (versions->has_value() && !counter.ParseFromString(**versions)) {
    return absl::DataLossError("the store's version counter cannot be understood");
  }
  store->last_version_ = counter.last();
  const absl::StatusOr<uint64_t> migrated = ReadCount(*store->rows_, kRecords, IsMigrated);
  if (!migrated.ok()) return migrated.status();
  store->migrated_ = *migrated;
  return store;
}

absl::StatusOr<FrozenStore> RowMigrationStore::Freeze() const {
  absl::StatusOr<std::unique_ptr<RowView>> rows = rows_->Freeze();
  if (!rows.ok()) return rows.status();
  return FrozenStore{
      .kind = StoreKind::kMigrations, .schema = kSchema, .families = Families(), .rows = *std::move(rows)};
}

absl::StatusOr<bool> RowMigrationStore::ReconciliationPending() const {
  const absl::StatusOr<std::optional<std::string>> row = rows_->Get({RowStore::kMetadata, kReconciliationKey});
  if (!row.ok()) return row.status();
  return row->has_value();
}

absl::Status RowMigrationStore::SetReconciled() {
  RowBatch batch;
  batch.Delete(RowStore::kMetadata, kReconciliationKey);
  return rows_->Write(batch);
}

absl::StatusOr<Snapshot> RowMigrationStore::Read(const UserKey& key, const identity::SystemName& partner) {
  const std::string row_key = row::KeyOf(key);
  const auto values = rows_->Get({{kProfiles, row_key}, {kAgreements, partner}, {kRecords, row_key}});
  if (!values.ok()) return values.status();
  const std::optional<std::string>& user = (*values)[0];
  const std::optional<std::string>& agreement = (*values)[1];
  const std::optional<std::string>& record = (*values)[2];

  Snapshot snapshot;
  if (user) {
    absl::StatusOr<UserProfiles> parsed = row::ParseUserProfiles(*user);
    if (!parsed.ok()) return parsed.status();
    snapshot.user = *std::move(parsed);
  }
  if (agreement) {
    absl::StatusOr<Agreement> parsed = row::ParseAgreement(*agreement);
    if (!parsed.ok()) return parsed.status();
    snapshot.agreement = *std::move(parsed);
  }
  if (record) {
    absl::StatusOr<row::RecordRow> parsed = row::ParseRecord(*record);
    if (!parsed.ok()) return parsed.status();
    snapshot.record = std::move(parsed->record);
    snapshot.answered = std::move(parsed->answered);
  }
  return snapshot;
}

absl::StatusOr<std::vector<CommitOutcome>> RowMigrationStore::Apply(absl::Span<const Mutation> mutations) {
  RowCommit commit(*rows_, last_sequence_);
  std::vector<CommitOutcome> outcomes;
  outcomes.reserve(mutations.size());
  for (const Mutation& mutation : mutations) {
    const absl::StatusOr<CommitOutcome> outcome = commit.Add(mutation);
    if (!outcome.ok()) return outcome.status();
    outcomes.push_back(*outcome);
  }
  if (commit.batch().empty()) return outcomes;
  const uint64_t migrated = migrated_ + static_cast<uint64_t>(commit.more_migrated());
  if (commit.more_migrated() != 0) PutCount(migrated, commit.batch());
  if (absl::Status written = rows_->Write(commit.batch()); !written.ok()) return written;
  migrated_ = migrated;
  return outcomes;
}

absl::Status RowMigrationStore::SetAgreements(
    const absl::flat_hash_map<identity::SystemName, std::vector<protocol::McService>>& agreements) {
  absl::flat_hash_map<std::string, Agreement> stored;
  absl::Status scanned = rows_->Scan(kAgreements, "", "", SIZE_MAX,
                                     [&stored](absl::string_view key, absl::string_view value) -> absl::Status {
                                       absl::StatusOr<Agreement> agreement = row::ParseAgreement(value);
                                       if (!agreement.ok()) return agreement.status();
                                       stored[std::string(key)] = *std::move(agreement);
                                       return absl::OkStatus();
                                     });
  if (!scanned.ok()) return scanned;

  RowBatch batch;
  const uint64_t version = ++last_version_;
  for (const auto& [partner, services] : agreements) {
    Agreement agreement{.version = version, .services = services};
    std::sort(agreement.services.begin(), agreement.services.end());
    const auto known = stored.find(partner);
    if (known == stored.end() || known->second.services != agreement.services) {
      batch.Put(kAgreements, partner, row::ValueOf(agreement));
    }
    if (known != stored.end()) stored.erase(known);
  }
  for (const auto& [partner, agreement] : stored) batch.Delete(kAgreements, partner);
  if (batch.empty()) return absl::OkStatus();
  batch.Put(RowStore::kMetadata, kVersionsKey, VersionsValue(version));
  return rows_->Write(batch);
}

absl::Status RowMigrationStore::ImportProfiles(absl::Span<const ProfileEntry> entries) {
  if (entries.empty()) return absl::OkStatus();
  std::vector<std::string> keys;
  keys.reserve(entries.size());
  for (const ProfileEntry& entry : entries) keys.push_back(row::KeyOf(entry.key));
  absl::StatusOr<absl::flat_hash_map<std::string, UserProfiles>> users = ReadUsers(*rows_, keys);
  if (!users.ok()) return users.status();

  const uint64_t version = ++last_version_;
  for (size_t i = 0; i < entries.size(); ++i) {
    UserProfiles& user = (*users)[keys[i]];
    user.version = version;
    user.mc_service_id = entries[i].mc_service_id;
    PutProfile(entries[i].profile, &user);
  }
  RowBatch batch;
  for (const auto& [key, user] : *users) batch.Put(kProfiles, key, row::ValueOf(user));
  batch.Put(RowStore::kMetadata, kVersionsKey, VersionsValue(version));
  return rows_->Write(batch);
}

absl::StatusOr<size_t> RowMigrationStore::RemoveProfiles(const ProfileSelection& selection) {
  const std::string key = row::KeyOf(selection.key);
  absl::StatusOr<absl::flat_hash_map<std::string, UserProfiles>> users = ReadUsers(*rows_, {key});
  if (!users.ok()) return users.status();
  UserProfiles& user = (*users)[key];
  const size_t removed = std::erase_if(user.profiles, [&selection](const Profile& profile) {
    return !selection.index.has_value() || profile.index == *selection.index;
  });
  if (removed == 0) return 0;
  RowBatch batch;
  if (user.profiles.empty()) {
    batch.Delete(kProfiles, key);
  } else {
    user.version = ++last_version_;
    batch.Put(kProfiles, key, row::ValueOf(user));
    batch.Put(RowStore::kMetadata, kVersionsKey, VersionsValue(last_version_));
  }
  if (absl::Status written = rows_->Write(batch); !written.ok()) return written;
  return removed;
}

absl::Status RowMigrationStore::Acknowledge(absl::Span<const Acknowledgement> cancels) {
  RowBatch batch;
  for (const Acknowledgement& cancel : cancels) {
    batch.Delete(kOutbox, row::OutboxKey(cancel.partner_system, cancel.sequence));
  }
  return batch.empty() ? absl::OkStatus() : rows_->Write(batch);
}

}  // namespace mcmig::migration
