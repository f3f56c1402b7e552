#include <utility>

#include "common/register/row_codec.h"
#include "common/register/row_commit.h"
#include "common/register/row_migration_store.h"

namespace mcmig::migration {
namespace {

// What `parse` makes of each row of a scan, in its order.
template <class Entry, class Parse>
absl::StatusOr<std::vector<Entry>> ScanEntries(const RowStore& rows, size_t family, const std::string& prefix,
                                               const std::string& after, size_t limit, Parse parse) {
  std::vector<Entry> entries;
  absl::Status scanned =
      rows.Scan(family, prefix, after, limit, [&](absl::string_view key, absl::string_view value) -> absl::Status {
        absl::StatusOr<Entry> entry = parse(key, value);
        if (!entry.ok()) return entry.status();
        entries.push_back(*std::move(entry));
        return absl::OkStatus();
      });
  if (!scanned.ok()) return scanned;
  return entries;
}

absl::StatusOr<MigrationStore::RecordEntry> ParseRecordEntry(absl::string_view key, absl::string_view value) {
  absl::StatusOr<UserKey> user = row::ParseUserKey(key);
  if (!user.ok()) return user.status();
  absl::StatusOr<row::RecordRow> stored = row::ParseRecord(value);
  if (!stored.ok()) return stored.status();
  return MigrationStore::RecordEntry{.key = *std::move(user), .record = std::move(stored->record)};
}

absl::StatusOr<std::optional<row::JournalRow>> ReadJournal(const RowStore& rows, uint64_t sequence) {
  const std::string key = row::SequenceKey(sequence);
  const absl::StatusOr<std::optional<std::string>> value = rows.Get({kJournal, key});
  if (!value.ok()) return value.status();
  if (!value->has_value()) return std::nullopt;
  absl::StatusOr<row::JournalRow> stored = row::ParseJournalRow(key, **value);
  if (!stored.ok()) return stored.status();
  return *std::move(stored);
}

// The sequence of the user's last change before `sequence`, or of the last one of all where that is 0; 0 for none.
absl::StatusOr<uint64_t> LastChangeBefore(const RowStore& rows, const UserKey& key, uint64_t sequence) {
  if (sequence != 0) {
    const absl::StatusOr<std::optional<row::JournalRow>> entry = ReadJournal(rows, sequence);
    if (!entry.ok()) return entry.status();
    if (!entry->has_value() || (*entry)->entry.key != key) return absl::InvalidArgumentError("no change of this user");
    return (*entry)->previous;
  }
  const absl::StatusOr<std::optional<std::string>> value = rows.Get({kRecords, row::KeyOf(key)});
  if (!value.ok()) return value.status();
  if (!value->has_value()) return 0;
  const absl::StatusOr<row::RecordRow> stored = row::ParseRecord(**value);
  if (!stored.ok()) return stored.status();
  return stored->last_change;
}

}  // namespace

absl::StatusOr<std::vector<MigrationStore::RecordEntry>> RowMigrationStore::ListRecords(
    const std::optional<UserKey>& after, size_t limit) {
  return ScanEntries<RecordEntry>(*rows_, kRecords, "", after ? row::KeyOf(*after) : "", limit, ParseRecordEntry);
}

absl::StatusOr<MigrationStore::RecordPage> RowMigrationStore::ListRecordsAt(const identity::SystemName& partner,
                                                                            const std::optional<UserKey>& after,
                                                                            size_t limit) {
  const std::string prefix = row::SystemPrefix(partner);
  const absl::StatusOr<std::vector<RowStore::Place>> places = ScanEntries<RowStore::Place>(
      *rows_, kByPartner, prefix, after ? row::ByPartnerKey(partner, row::KeyOf(*after)) : "", limit,
      [&prefix](absl::string_view key, absl::string_view) -> absl::StatusOr<RowStore::Place> {
        return RowStore::Place{kRecords, std::string(key.substr(prefix.size()))};
      });
  if (!places.ok()) return places.status();
  const absl::StatusOr<std::vector<std::optional<std::string>>> values = rows_->Get(*places);
  if (!values.ok()) return values.status();

  RecordPage page;
  for (size_t i = 0; i < places->size(); ++i) {
    if (!(*values)[i]) return absl::DataLossError("the store's index by partner names a record that is not there");
    absl::StatusOr<RecordEntry> entry = ParseRecordEntry((*places)[i].key, *(*values)[i]);
    if (!entry.ok()) return entry.status();
    if (i + 1 == limit) page.next = entry->key;
    // The record may have changed since the index was read.
    if (entry->record.state != State::kMigrated || entry->record.partner_system != partner) continue;
    page.entries.push_back(*std::move(entry));
  }
  return page;
}

absl::StatusOr<std::vector<UserKey>> RowMigrationStore::ListExpired(absl::Time time, size_t limit) {
  const std::string end = row::ExpiryAfter(time);
  std::vector<UserKey> keys;
  absl::Status scanned =
      rows_->Scan(kByExpiry, "", "", limit, [&](absl::string_view key, absl::string_view) -> absl::Status {
        if (key >= end) return absl::CancelledError();
        absl::StatusOr<UserKey> user = row::ParseByExpiryKey(key);
        if (!user.ok()) return user.status();
        keys.push_back(*std::move(user));
        return absl::OkStatus();
      });
  if (!scanned.ok() && !absl::IsCancelled(scanned)) return scanned;
  return keys;
}

absl::StatusOr<std::vector<JournalEntry>> RowMigrationStore::ListJournal(uint64_t sequence, size_t limit) {
  return ScanEntries<JournalEntry>(*rows_, kJournal, "", row::SequenceKey(sequence), limit,
                                   [](absl::string_view key, absl::string_view value) -> absl::StatusOr<JournalEntry> {
                                     absl::StatusOr<row::JournalRow> stored = row::ParseJournalRow(key, value);
                                     if (!stored.ok()) return stored.status();
                                     return std::move(stored->entry);
                                   });
}

absl::StatusOr<uint64_t> RowMigrationStore::LastSequence() {
  const absl::StatusOr<std::string> last = rows_->LastKey(kJournal);
  if (!last.ok()) return last.status();
  if (last->empty()) return 0;
  return row::ParseSequenceKey(*last);
}

absl::StatusOr<std::vector<JournalEntry>> RowMigrationStore::ListHistory(const UserKey& key, uint64_t sequence,
                                                                         size_t limit) {
  const absl::StatusOr<uint64_t> first = LastChangeBefore(*rows_, key, sequence);
  if (!first.ok()) return first.status();
  std::vector<JournalEntry> entries;
  for (uint64_t next = *first; next != 0 && entries.size() < limit;) {
    absl::StatusOr<std::optional<row::JournalRow>> stored = ReadJournal(*rows_, next);
    if (!stored.ok()) return stored.status();
    if (!stored->has_value() || (*stored)->entry.key != key || (*stored)->previous >= next) {
      return absl::DataLossError("the store's history of a user is broken");
    }
    next = (*stored)->previous;
    entries.push_back(std::move((*stored)->entry));
  }
  return entries;
}

absl::StatusOr<std::vector<OutboxEntry>> RowMigrationStore::ListOutbox(const identity::SystemName& partner,
                                                                       uint64_t sequence, size_t limit) {
  return ScanEntries<OutboxEntry>(*rows_, kOutbox, row::SystemPrefix(partner), row::OutboxKey(partner, sequence), limit,
                                  row::ParseOutboxEntry);
}

absl::StatusOr<std::vector<OutboxEntry>> RowMigrationStore::ListOldestCancels() {
  std::vector<OutboxEntry> oldest;
  std::string after;
  for (;;) {
    absl::StatusOr<std::vector<OutboxEntry>> next =
        ScanEntries<OutboxEntry>(*rows_, kOutbox, "", after, 1, row::ParseOutboxEntry);
    if (!next.ok()) return next.status();
    if (next->empty()) return oldest;
    after = row::AfterSystem(next->front().partner_system);
    oldest.push_back(std::move(next->front()));
  }
}

}  // namespace mcmig::migration
