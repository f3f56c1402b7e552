// What a store that was written by an older version needs.
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "common/register/row_codec.h"
#include "common/register/row_commit.h"
#include "common/register/row_migration_store.h"
#include "common/register/storage.pb.h"

namespace mcmig::migration {
namespace {

constexpr size_t kRowsPerCommit = 10'000;

// Lets `derive` put what follows from each row of a family, in bounded commits.
template <class Derive>
absl::Status DeriveFrom(RowStore& rows, size_t family, Derive derive) {
  std::string after;
  for (size_t seen = kRowsPerCommit; seen == kRowsPerCommit;) {
    seen = 0;
    RowBatch batch;
    absl::Status scanned = rows.Scan(family, "", after, kRowsPerCommit,
                                     [&](absl::string_view key, absl::string_view value) -> absl::Status {
                                       ++seen;
                                       after = std::string(key);
                                       return derive(after, value, batch);
                                     });
    if (!scanned.ok()) return scanned;
    if (absl::Status written = batch.empty() ? absl::OkStatus() : rows.Write(batch); !written.ok()) return written;
  }
  return absl::OkStatus();
}

// Schema 1 had no expiry.
absl::Status IndexRecord(const std::string& key, absl::string_view value, RowBatch& batch) {
  const absl::StatusOr<row::RecordRow> stored = row::ParseRecord(value);
  if (!stored.ok()) return stored.status();
  const Record& record = stored->record;
  if (record.state == State::kMigrated) batch.Put(kByPartner, row::ByPartnerKey(record.partner_system, key), "");
  return absl::OkStatus();
}

// The record of `key`, read into `records` at the first time.
absl::StatusOr<row::RecordRow*> RecordOf(const RowStore& rows, const UserKey& key,
                                         absl::flat_hash_map<std::string, row::RecordRow>& records) {
  const std::string row_key = row::KeyOf(key);
  if (const auto known = records.find(row_key); known != records.end()) return &known->second;
  const absl::StatusOr<std::optional<std::string>> value = rows.Get({kRecords, row_key});
  if (!value.ok()) return value.status();
  if (!value->has_value()) return absl::DataLossError("the store's journal names a record that is not there");
  absl::StatusOr<row::RecordRow> stored = row::ParseRecord(**value);
  if (!stored.ok()) return stored.status();
  return &records.emplace(row_key, *std::move(stored)).first->second;
}

// Links each journal entry to the one before it of the same user, and the record to the last, in bounded commits. What
// an interrupted upgrade has linked already is no later than the record's last change.
absl::Status LinkJournal(RowStore& rows) {
  std::string after;
  for (size_t seen = kRowsPerCommit; seen == kRowsPerCommit;) {
    seen = 0;
    RowBatch batch;
    absl::flat_hash_map<std::string, row::RecordRow> records;
    absl::Status scanned = rows.Scan(
        kJournal, "", after, kRowsPerCommit, [&](absl::string_view key, absl::string_view value) -> absl::Status {
          ++seen;
          after = std::string(key);
          const absl::StatusOr<row::JournalRow> stored = row::ParseJournalRow(key, value);
          if (!stored.ok()) return stored.status();
          const JournalEntry& entry = stored->entry;
          const absl::StatusOr<row::RecordRow*> record = RecordOf(rows, entry.key, records);
          if (!record.ok()) return record.status();
          if (entry.sequence <= (*record)->last_change) return absl::OkStatus();
          batch.Put(kJournal, after, row::ValueOf(entry, (*record)->last_change));
          (*record)->last_change = entry.sequence;
          return absl::OkStatus();
        });
    if (!scanned.ok()) return scanned;
    if (batch.empty()) continue;
    for (const auto& [key, record] : records) {
      batch.Put(kRecords, key, row::ValueOf(record.record, record.answered, record.last_change));
    }
    if (absl::Status written = rows.Write(batch); !written.ok()) return written;
  }
  return absl::OkStatus();
}

// A cancel was written when its journal entry was.
absl::Status GiveTime(const RowStore& rows, const std::string& key, absl::string_view value, RowBatch& batch) {
  absl::StatusOr<OutboxEntry> cancel = row::ParseOutboxEntry(key, value);
  if (!cancel.ok()) return cancel.status();
  const std::string journal_key = row::SequenceKey(cancel->sequence);
  const absl::StatusOr<std::optional<std::string>> journal = rows.Get({kJournal, journal_key});
  if (!journal.ok()) return journal.status();
  if (!journal->has_value()) return absl::DataLossError("the store's outbox names a journal entry that is not there");
  const absl::StatusOr<row::JournalRow> stored = row::ParseJournalRow(journal_key, **journal);
  if (!stored.ok()) return stored.status();
  cancel->at = stored->entry.at;
  batch.Put(kOutbox, key, row::ValueOf(*cancel));
  return absl::OkStatus();
}

}  // namespace

absl::Status RowMigrationStore::Upgrade(RowStore& rows, uint32_t schema) {
  // Schema 3 adds used credentials to rows that older programs would write without them.
  constexpr uint32_t kLinkedJournal = 2;
  if (schema >= kLinkedJournal) return absl::OkStatus();
  if (absl::Status status = DeriveFrom(rows, kRecords, IndexRecord); !status.ok()) return status;
  if (absl::Status status = LinkJournal(rows); !status.ok()) return status;
  return DeriveFrom(rows, kOutbox, [&rows](const std::string& key, absl::string_view value, RowBatch& batch) {
    return GiveTime(rows, key, value, batch);
  });
}

}  // namespace mcmig::migration
