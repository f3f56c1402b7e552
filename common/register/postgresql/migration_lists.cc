#include <limits>
#include <string>

#include "absl/time/time.h"
#include "common/register/postgresql/migration_store.h"
#include "common/register/row_codec.h"

namespace mcmig::migration {
namespace {

using postgresql::Parameters;
using postgresql::Rows;
using postgresql::Statement;

constexpr Statement kRecords = {"records", R"sql(
  SELECT canonical_id, service, value FROM records WHERE (canonical_id, service) > ($1, $2)
  ORDER BY canonical_id, service LIMIT $3)sql"};
constexpr Statement kRecordsAt = {"records_at", R"sql(
  SELECT canonical_id, service, value FROM records WHERE partner_system = $4 AND (canonical_id, service) > ($1, $2)
  ORDER BY canonical_id, service LIMIT $3)sql"};
constexpr Statement kExpired = {"expired", R"sql(
  SELECT canonical_id, service FROM records WHERE authorized_until <= $1
  ORDER BY authorized_until, canonical_id, service LIMIT $2)sql"};
constexpr Statement kJournal = {
    "journal", "SELECT sequence, before, value FROM journal WHERE sequence > $1 ORDER BY sequence LIMIT $2"};
constexpr Statement kLastSequence = {"last_sequence", "SELECT coalesce(max(sequence), 0) FROM journal"};
constexpr Statement kHistory = {"history", R"sql(
  SELECT sequence, before, value FROM journal WHERE canonical_id = $1 AND service = $2 AND sequence <= $3
  ORDER BY sequence DESC LIMIT $4)sql"};
constexpr Statement kOutbox = {"outbox", R"sql(
  SELECT partner_system, sequence, value FROM outbox WHERE partner_system = $1 AND sequence > $2
  ORDER BY sequence LIMIT $3)sql"};
// From one partner's oldest to the next partner's, by the index.
constexpr Statement kOldest = {"oldest", R"sql(
  WITH RECURSIVE oldest AS (
    (SELECT * FROM outbox ORDER BY partner_system, sequence LIMIT 1)
    UNION ALL
    SELECT next.* FROM oldest, LATERAL (
      SELECT * FROM outbox WHERE partner_system > oldest.partner_system ORDER BY partner_system, sequence LIMIT 1) next)
  SELECT partner_system, sequence, value FROM oldest)sql"};

constexpr auto kMost = std::numeric_limits<int64_t>::max();

int64_t LimitOf(size_t limit) { return limit > static_cast<size_t>(kMost) ? kMost : static_cast<int64_t>(limit); }
// Sequences are no larger, whatever a caller asks for.
int64_t SequenceOf(uint64_t sequence) { return LimitOf(sequence); }

// The place in key order, and the limit. No service is 0, no ID is empty.
Parameters PageOf(const std::optional<UserKey>& after, size_t limit) {
  return Parameters()
      .Bytes(after ? after->canonical_id : "")
      .Number(after ? static_cast<int64_t>(after->service) : 0)
      .Number(LimitOf(limit));
}

UserKey KeyAt(const Rows& rows, size_t row) {
  return {.canonical_id = rows.Text(row, 0), .service = static_cast<protocol::McService>(rows.Number(row, 1))};
}

absl::StatusOr<std::vector<MigrationStore::RecordEntry>> EntriesOf(const absl::StatusOr<Rows>& rows) {
  if (!rows.ok()) return rows.status();
  std::vector<MigrationStore::RecordEntry> entries;
  entries.reserve(rows->size());
  for (size_t i = 0; i < rows->size(); ++i) {
    absl::StatusOr<row::RecordRow> stored = row::ParseRecord(rows->Bytes(i, 2));
    if (!stored.ok()) return stored.status();
    entries.push_back({.key = KeyAt(*rows, i), .record = std::move(stored->record)});
  }
  return entries;
}

absl::StatusOr<JournalEntry> JournalAt(const Rows& rows, size_t row) {
  absl::StatusOr<row::JournalRow> stored =
      row::ParseJournalRow(row::SequenceKey(static_cast<uint64_t>(rows.Number(row, 0))), rows.Bytes(row, 2));
  if (!stored.ok()) return stored.status();
  stored->entry.before = rows.Text(row, 1);
  return std::move(stored->entry);
}

absl::StatusOr<std::vector<OutboxEntry>> CancelsOf(const absl::StatusOr<Rows>& rows) {
  if (!rows.ok()) return rows.status();
  std::vector<OutboxEntry> entries;
  entries.reserve(rows->size());
  for (size_t i = 0; i < rows->size(); ++i) {
    const std::string key = row::OutboxKey(rows->Text(i, 0), static_cast<uint64_t>(rows->Number(i, 1)));
    absl::StatusOr<OutboxEntry> entry = row::ParseOutboxEntry(key, rows->Bytes(i, 2));
    if (!entry.ok()) return entry.status();
    entries.push_back(*std::move(entry));
  }
  return entries;
}

}  // namespace

absl::StatusOr<std::vector<MigrationStore::RecordEntry>> PostgreSqlMigrationStore::ListRecords(
    const std::optional<UserKey>& after, size_t limit) {
  return EntriesOf(database_->Read(kRecords, PageOf(after, limit)));
}

absl::StatusOr<MigrationStore::RecordPage> PostgreSqlMigrationStore::ListRecordsAt(const identity::SystemName& partner,
                                                                                   const std::optional<UserKey>& after,
                                                                                   size_t limit) {
  absl::StatusOr<std::vector<RecordEntry>> entries =
      EntriesOf(database_->Read(kRecordsAt, PageOf(after, limit).Bytes(partner)));
  if (!entries.ok()) return entries.status();
  RecordPage page{.entries = *std::move(entries), .next = std::nullopt};
  if (!page.entries.empty() && page.entries.size() == limit) page.next = page.entries.back().key;
  return page;
}

absl::StatusOr<std::vector<UserKey>> PostgreSqlMigrationStore::ListExpired(absl::Time time, size_t limit) {
  const absl::StatusOr<Rows> rows =
      database_->Read(kExpired, Parameters().Number(absl::ToUnixNanos(time)).Number(LimitOf(limit)));
  if (!rows.ok()) return rows.status();
  std::vector<UserKey> keys;
  keys.reserve(rows->size());
  for (size_t i = 0; i < rows->size(); ++i) keys.push_back(KeyAt(*rows, i));
  return keys;
}

absl::StatusOr<std::vector<JournalEntry>> PostgreSqlMigrationStore::ListJournal(uint64_t sequence, size_t limit) {
  const absl::StatusOr<Rows> rows =
      database_->Read(kJournal, Parameters().Number(SequenceOf(sequence)).Number(LimitOf(limit)));
  if (!rows.ok()) return rows.status();
  std::vector<JournalEntry> entries;
  entries.reserve(rows->size());
  for (size_t i = 0; i < rows->size(); ++i) {
    absl::StatusOr<JournalEntry> entry = JournalAt(*rows, i);
    if (!entry.ok()) return entry.status();
    entries.push_back(*std::move(entry));
  }
  return entries;
}

absl::StatusOr<uint64_t> PostgreSqlMigrationStore::LastSequence() {
  const absl::StatusOr<Rows> rows = database_->Read(kLastSequence, {});
  if (!rows.ok()) return rows.status();
  return static_cast<uint64_t>(rows->Number(0, 0));
}

absl::StatusOr<std::vector<JournalEntry>> PostgreSqlMigrationStore::ListHistory(const UserKey& key, uint64_t sequence,
                                                                                size_t limit) {
  // The entry to go on from is read, too, to see that it is one of theirs.
  const size_t known = sequence == 0 ? 0 : 1;
  const absl::StatusOr<Rows> rows = database_->Read(kHistory, Parameters()
                                                                  .Bytes(key.canonical_id)
                                                                  .Number(static_cast<int64_t>(key.service))
                                                                  .Number(known == 0 ? kMost : SequenceOf(sequence))
                                                                  .Number(LimitOf(limit + known)));
  if (!rows.ok()) return rows.status();
  if (known == 1 && (rows->size() == 0 || static_cast<uint64_t>(rows->Number(0, 0)) != sequence)) {
    return absl::InvalidArgumentError("no change of this user");
  }
  std::vector<JournalEntry> entries;
  entries.reserve(rows->size());
  for (size_t i = known; i < rows->size(); ++i) {
    absl::StatusOr<JournalEntry> entry = JournalAt(*rows, i);
    if (!entry.ok()) return entry.status();
    entries.push_back(*std::move(entry));
  }
  return entries;
}

absl::StatusOr<std::vector<OutboxEntry>> PostgreSqlMigrationStore::ListOutbox(const identity::SystemName& partner,
                                                                              uint64_t sequence, size_t limit) {
  return CancelsOf(
      database_->Read(kOutbox, Parameters().Bytes(partner).Number(SequenceOf(sequence)).Number(LimitOf(limit))));
}

absl::StatusOr<std::vector<OutboxEntry>> PostgreSqlMigrationStore::ListOldestCancels() {
  return CancelsOf(database_->Read(kOldest, {}));
}

}  // namespace mcmig::migration
