#include "common/register/rocksdb_migration_store.h"

#include <algorithm>
#include <utility>

#include "common/register/rocks_database.h"
#include "common/register/rocksdb_commit.h"
#include "common/register/rocksdb_count.h"
#include "common/register/row_codec.h"
#include "rocksdb/write_batch.h"

namespace mcmig::migration {
namespace {

constexpr uint32_t kSchema = 1;
constexpr char kVersionsKey[] = "versions";

std::string VersionsValue(uint64_t last) {
  storage::VersionCounter counter;
  counter.set_last(last);
  return counter.SerializeAsString();
}

// Puts `profile` in the place of the one with its index.
void Replace(const Profile& profile, UserProfiles* user) {
  const auto same = std::find_if(user->profiles.begin(), user->profiles.end(),
                                 [&profile](const Profile& known) { return known.index == profile.index; });
  if (same == user->profiles.end()) {
    user->profiles.push_back(profile);
  } else {
    *same = profile;
  }
}

// What the import is about, as it is now.
absl::StatusOr<absl::flat_hash_map<std::string, UserProfiles>> ReadUsers(const RocksDatabase& database,
                                                                         const std::vector<std::string>& keys) {
  absl::StatusOr<std::vector<std::optional<std::string>>> values = database.Get(database.family(kProfiles), keys);
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

absl::StatusOr<std::unique_ptr<RocksDbMigrationStore>> RocksDbMigrationStore::Open(const std::string& directory,
                                                                                   rocksdb::Env* env) {
  absl::StatusOr<std::unique_ptr<RocksDatabase>> database =
      RocksDatabase::Open({.directory = directory,
                           .kind = storage::StoreMeta::MIGRATIONS,
                           .schema = kSchema,
                           .families = {"profiles", "records", "journal", "outbox", "agreements"},
                           .env = env});
  if (!database.ok()) return database.status();
  std::unique_ptr<RocksDbMigrationStore> store(new RocksDbMigrationStore(*std::move(database)));
  const RocksDatabase& opened = *store->database_;

  const absl::StatusOr<std::string> last = opened.LastKey(opened.family(kJournal));
  if (!last.ok()) return last.status();
  if (!last->empty()) {
    const absl::StatusOr<uint64_t> sequence = row::ParseSequenceKey(*last);
    if (!sequence.ok()) return sequence.status();
    store->last_sequence_ = *sequence;
  }
  const absl::StatusOr<std::optional<std::string>> versions = opened.Get(opened.metadata(), kVersionsKey);
  if (!versions.ok()) return versions.status();
  storage::VersionCounter counter;
  if (versions->has_value() && !counter.ParseFromString(**versions)) {
    return absl::DataLossError("the store's version counter cannot be understood");
  }
  store->last_version_ = counter.last();
  const absl::StatusOr<uint64_t> migrated = ReadCount(opened, opened.family(kRecords), IsMigrated);
  if (!migrated.ok()) return migrated.status();
  store->migrated_ = *migrated;
  return store;
}

RocksDbMigrationStore::RocksDbMigrationStore(std::unique_ptr<RocksDatabase> database)
    : database_(std::move(database)) {}
RocksDbMigrationStore::~RocksDbMigrationStore() = default;

uint64_t RocksDbMigrationStore::incarnation() const { return database_->incarnation(); }

absl::StatusOr<Snapshot> RocksDbMigrationStore::Read(const UserKey& key, const identity::SystemName& partner) {
  const RocksDatabase::View view(*database_);
  const std::string row_key = row::KeyOf(key);
  const auto user = database_->Get(database_->family(kProfiles), row_key, &view);
  if (!user.ok()) return user.status();
  const auto agreement = database_->Get(database_->family(kAgreements), partner, &view);
  if (!agreement.ok()) return agreement.status();
  const auto record = database_->Get(database_->family(kRecords), row_key, &view);
  if (!record.ok()) return record.status();

  Snapshot snapshot;
  if (user->has_value()) {
    absl::StatusOr<UserProfiles> parsed = row::ParseUserProfiles(**user);
    if (!parsed.ok()) return parsed.status();
    snapshot.user = *std::move(parsed);
  }
  if (agreement->has_value()) {
    absl::StatusOr<Agreement> parsed = row::ParseAgreement(**agreement);
    if (!parsed.ok()) return parsed.status();
    snapshot.agreement = *std::move(parsed);
  }
  if (record->has_value()) {
    absl::StatusOr<row::RecordRow> parsed = row::ParseRecord(**record);
    if (!parsed.ok()) return parsed.status();
    snapshot.record = std::move(parsed->record);
    snapshot.answered = std::move(parsed->answered);
  }
  return snapshot;
}

absl::StatusOr<std::vector<CommitOutcome>> RocksDbMigrationStore::Apply(absl::Span<const Mutation> mutations) {
  RocksDbCommit commit(*database_, last_sequence_);
  std::vector<CommitOutcome> outcomes;
  outcomes.reserve(mutations.size());
  for (const Mutation& mutation : mutations) {
    const absl::StatusOr<CommitOutcome> outcome = commit.Add(mutation);
    if (!outcome.ok()) return outcome.status();
    outcomes.push_back(*outcome);
  }
  if (commit.batch().Count() == 0) return outcomes;
  const uint64_t migrated = migrated_ + static_cast<uint64_t>(commit.more_migrated());
  if (commit.more_migrated() != 0) PutCount(*database_, migrated, commit.batch());
  if (absl::Status written = database_->Write(&commit.batch()); !written.ok()) return written;
  migrated_ = migrated;
  return outcomes;
}

absl::Status RocksDbMigrationStore::SetAgreements(
    const absl::flat_hash_map<identity::SystemName, std::vector<protocol::McService>>& agreements) {
  absl::flat_hash_map<std::string, Agreement> stored;
  absl::Status scanned = database_->Scan(database_->family(kAgreements), "", "", SIZE_MAX,
                                         [&stored](absl::string_view key, absl::string_view value) -> absl::Status {
                                           absl::StatusOr<Agreement> agreement = row::ParseAgreement(value);
                                           if (!agreement.ok()) return agreement.status();
                                           stored[std::string(key)] = *std::move(agreement);
                                           return absl::OkStatus();
                                         });
  if (!scanned.ok()) return scanned;

  rocksdb::WriteBatch batch;
  const uint64_t version = ++last_version_;
  for (const auto& [partner, services] : agreements) {
    Agreement agreement{.version = version, .services = services};
    std::sort(agreement.services.begin(), agreement.services.end());
    const auto known = stored.find(partner);
    if (known == stored.end() || known->second.services != agreement.services) {
      batch.Put(database_->family(kAgreements), partner, row::ValueOf(agreement));
    }
    if (known != stored.end()) stored.erase(known);
  }
  for (const auto& [partner, agreement] : stored) batch.Delete(database_->family(kAgreements), partner);
  if (batch.Count() == 0) return absl::OkStatus();
  batch.Put(database_->metadata(), kVersionsKey, VersionsValue(version));
  return database_->Write(&batch);
}

absl::Status RocksDbMigrationStore::ImportProfiles(absl::Span<const ProfileEntry> entries) {
  if (entries.empty()) return absl::OkStatus();
  std::vector<std::string> keys;
  keys.reserve(entries.size());
  for (const ProfileEntry& entry : entries) keys.push_back(row::KeyOf(entry.key));
  absl::StatusOr<absl::flat_hash_map<std::string, UserProfiles>> users = ReadUsers(*database_, keys);
  if (!users.ok()) return users.status();

  const uint64_t version = ++last_version_;
  for (size_t i = 0; i < entries.size(); ++i) {
    UserProfiles& user = (*users)[keys[i]];
    user.version = version;
    user.mc_service_id = entries[i].mc_service_id;
    Replace(entries[i].profile, &user);
  }
  rocksdb::WriteBatch batch;
  for (const auto& [key, user] : *users) batch.Put(database_->family(kProfiles), key, row::ValueOf(user));
  batch.Put(database_->metadata(), kVersionsKey, VersionsValue(version));
  return database_->Write(&batch);
}

absl::StatusOr<std::vector<MigrationStore::RecordEntry>> RocksDbMigrationStore::ListRecords(
    const std::optional<UserKey>& after, size_t limit) {
  std::vector<RecordEntry> entries;
  absl::Status scanned = database_->Scan(database_->family(kRecords), "", after ? row::KeyOf(*after) : "", limit,
                                         [&entries](absl::string_view key, absl::string_view value) -> absl::Status {
                                           absl::StatusOr<UserKey> user = row::ParseUserKey(key);
                                           if (!user.ok()) return user.status();
                                           absl::StatusOr<row::RecordRow> stored = row::ParseRecord(value);
                                           if (!stored.ok()) return stored.status();
                                           entries.push_back({*std::move(user), std::move(stored->record)});
                                           return absl::OkStatus();
                                         });
  if (!scanned.ok()) return scanned;
  return entries;
}

absl::StatusOr<std::vector<JournalEntry>> RocksDbMigrationStore::ListJournal(uint64_t sequence, size_t limit) {
  std::vector<JournalEntry> entries;
  absl::Status scanned = database_->Scan(database_->family(kJournal), "", row::SequenceKey(sequence), limit,
                                         [&entries](absl::string_view key, absl::string_view value) -> absl::Status {
                                           const absl::StatusOr<uint64_t> at = row::ParseSequenceKey(key);
                                           if (!at.ok()) return at.status();
                                           absl::StatusOr<JournalEntry> entry = row::ParseJournalEntry(value);
                                           if (!entry.ok()) return entry.status();
                                           entry->sequence = *at;
                                           entries.push_back(*std::move(entry));
                                           return absl::OkStatus();
                                         });
  if (!scanned.ok()) return scanned;
  return entries;
}

absl::StatusOr<std::vector<OutboxEntry>> RocksDbMigrationStore::ListOutbox(const identity::SystemName& partner,
                                                                           uint64_t sequence, size_t limit) {
  const std::string prefix = row::OutboxPrefix(partner);
  std::vector<OutboxEntry> entries;
  absl::Status scanned = database_->Scan(database_->family(kOutbox), prefix, row::OutboxKey(partner, sequence), limit,
                                         [&](absl::string_view key, absl::string_view value) -> absl::Status {
                                           const absl::StatusOr<uint64_t> at =
                                               row::ParseSequenceKey(key.substr(prefix.size()));
                                           if (!at.ok()) return at.status();
                                           absl::StatusOr<OutboxEntry> entry = row::ParseOutboxEntry(value);
                                           if (!entry.ok()) return entry.status();
                                           entry->sequence = *at;
                                           entry->partner_system = partner;
                                           entries.push_back(*std::move(entry));
                                           return absl::OkStatus();
                                         });
  if (!scanned.ok()) return scanned;
  return entries;
}

}  // namespace mcmig::migration
