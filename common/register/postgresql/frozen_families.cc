#include <string>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "common/register/postgresql/frozen_view.h"
#include "common/register/row_codec.h"

// The tables as families of rows. A value is re-encoded where the row has something that is in a column here.
namespace mcmig::migration::postgresql {
namespace {

using Entry = FrozenFamily::Entry;

// Of no message.
constexpr char kUnreadable[] = "\xff";

UserKey UserAt(const Rows& rows, size_t row, int column) {
  return {rows.Text(row, column), static_cast<protocol::McService>(rows.Number(row, column + 1))};
}
VisitorKey VisitorAt(const Rows& rows, size_t row) { return {rows.Text(row, 0), UserAt(rows, row, 1)}; }

Parameters Of(const UserKey& user, Parameters parameters = {}) {
  return parameters.Bytes(user.canonical_id).Number(static_cast<int64_t>(user.service));
}
// Before every user: no ID is empty, and no service 0.
Parameters BeforeUsers(Parameters parameters = {}) { return parameters.Bytes("").Number(int64_t{0}); }

absl::StatusOr<Parameters> UserPlace(absl::string_view key) {
  if (key.empty()) return BeforeUsers();
  const absl::StatusOr<UserKey> user = row::ParseUserKey(key);
  if (!user.ok()) return user.status();
  return Of(*user);
}

absl::StatusOr<Parameters> SystemPlace(absl::string_view key) { return Parameters().Bytes(std::string(key)); }

absl::StatusOr<Parameters> SequencePlace(absl::string_view key) {
  if (key.empty()) return Parameters().Number(int64_t{0});
  const absl::StatusOr<uint64_t> sequence = row::ParseSequenceKey(key);
  if (!sequence.ok()) return sequence.status();
  return Parameters().Number(*sequence);
}

absl::StatusOr<Parameters> OutboxPlace(absl::string_view key) {
  if (key.empty()) return Parameters().Bytes("").Number(int64_t{0});
  const absl::StatusOr<row::OutboxPlace> place = row::ParseOutboxKey(key);
  if (!place.ok()) return place.status();
  return Parameters().Bytes(place->partner_system).Number(place->sequence);
}

absl::StatusOr<Parameters> ByPartnerPlace(absl::string_view key) {
  if (key.empty()) return BeforeUsers(Parameters().Bytes(""));
  const size_t end = key.find('\0');
  if (end == absl::string_view::npos) return absl::DataLossError("no system in a key");
  const absl::StatusOr<UserKey> user = row::ParseUserKey(key.substr(end + 1));
  if (!user.ok()) return user.status();
  return Of(*user, Parameters().Bytes(std::string(key.substr(0, end))));
}

absl::StatusOr<Parameters> ByExpiryPlace(absl::string_view key) {
  if (key.empty()) return BeforeUsers();
  const absl::StatusOr<UserKey> user = row::ParseByExpiryKey(key);
  if (!user.ok()) return user.status();
  return Of(*user);
}

absl::StatusOr<Parameters> VisitorPlace(absl::string_view key) {
  if (key.empty()) return BeforeUsers(Parameters().Bytes(""));
  const absl::StatusOr<VisitorKey> visitor = row::ParseVisitorKey(key);
  if (!visitor.ok()) return visitor.status();
  return Of(visitor->user, Parameters().Bytes(visitor->primary_system));
}

bool Says(const Rows& rows, size_t row, int column, const protocol::Epoch& epoch) {
  return rows.Bytes(row, column) == absl::StrCat(epoch.incarnation) &&
         rows.Bytes(row, column + 1) == absl::StrCat(epoch.counter);
}

Entry ProfilesAt(const Rows& rows, size_t row) {
  const absl::StatusOr<UserProfiles> user = row::ParseUserProfiles(rows.Bytes(row, 2));
  const bool agree = user.ok() && static_cast<int64_t>(user->version) == rows.Number(row, 3);
  return {row::KeyOf(UserAt(rows, row, 0)), agree ? rows.Text(row, 2) : kUnreadable};
}

Entry AgreementAt(const Rows& rows, size_t row) {
  const absl::StatusOr<Agreement> agreement = row::ParseAgreement(rows.Bytes(row, 1));
  const bool agree = agreement.ok() && static_cast<int64_t>(agreement->version) == rows.Number(row, 2);
  return {rows.Text(row, 0), agree ? rows.Text(row, 1) : kUnreadable};
}

Entry RecordAt(const Rows& rows, size_t row) {
  Entry entry{row::KeyOf(UserAt(rows, row, 0)), kUnreadable};
  const absl::StatusOr<row::RecordRow> record = row::ParseRecord(rows.Bytes(row, 2));
  if (!record.ok() || !Says(rows, row, 3, record->record.epoch)) return entry;
  entry.value = row::ValueOf(record->record, record->answered, static_cast<uint64_t>(rows.Number(row, 5)));
  return entry;
}

Entry JournalAt(const Rows& rows, size_t row) {
  Entry entry{row::SequenceKey(static_cast<uint64_t>(rows.Number(row, 0))), kUnreadable};
  absl::StatusOr<row::JournalRow> change = row::ParseJournalRow(entry.key, rows.Bytes(row, 2));
  if (!change.ok() || change->entry.key != UserAt(rows, row, 3)) return entry;
  change->entry.before = rows.Text(row, 1);
  entry.value = row::ValueOf(change->entry, static_cast<uint64_t>(rows.Number(row, 5)));
  return entry;
}

Entry CancelAt(const Rows& rows, size_t row) {
  return {row::OutboxKey(rows.Text(row, 0), static_cast<uint64_t>(rows.Number(row, 1))), rows.Text(row, 2)};
}

Entry ByPartnerAt(const Rows& rows, size_t row) {
  return {row::ByPartnerKey(rows.Text(row, 0), row::KeyOf(UserAt(rows, row, 1))), ""};
}

Entry ByExpiryAt(const Rows& rows, size_t row) {
  return {row::ByExpiryKey(absl::FromUnixNanos(rows.Number(row, 2)), row::KeyOf(UserAt(rows, row, 0))), ""};
}

Entry ExpectedAt(const Rows& rows, size_t row) { return {rows.Text(row, 0), rows.Text(row, 1)}; }

Entry VisitAt(const Rows& rows, size_t row) {
  const absl::StatusOr<Visitor> visitor = row::ParseVisitor(rows.Bytes(row, 3));
  const bool agree = visitor.ok() && Says(rows, row, 4, visitor->epoch);
  return {row::KeyOf(VisitorAt(rows, row)), agree ? rows.Text(row, 3) : kUnreadable};
}

Entry CancelledAt(const Rows& rows, size_t row) {
  const absl::StatusOr<row::Cancelled> cancelled = row::ParseCancelled(rows.Bytes(row, 3));
  const bool agree = cancelled.ok() && Says(rows, row, 4, cancelled->epoch);
  return {row::KeyOf(VisitorAt(rows, row)), agree ? rows.Text(row, 3) : kUnreadable};
}

constexpr char kUser[] = "canonical_id, service";
constexpr char kThisUser[] = "(canonical_id, service) = ($1, $2)";
constexpr char kAfterUser[] = "(canonical_id, service) > ($1, $2)";
constexpr char kVisitor[] = "primary_system, canonical_id, service";
constexpr char kThisVisitor[] = "(primary_system, canonical_id, service) = ($1, $2, $3)";
constexpr char kAfterVisitor[] = "(primary_system, canonical_id, service) > ($1, $2, $3)";

constexpr FrozenFamily kMigrations[] = {
    {.select = "SELECT canonical_id, service, value, version FROM profiles",
     .there = kThisUser,
     .after = kAfterUser,
     .order = kUser,
     .place = UserPlace,
     .entry = ProfilesAt},
    {.select = R"sql(
       SELECT canonical_id, service, value, incarnation::text, counter::text,
              coalesce((SELECT max(sequence) FROM journal j
                        WHERE j.canonical_id = records.canonical_id AND j.service = records.service), 0)
       FROM records)sql",
     .there = kThisUser,
     .after = kAfterUser,
     .order = kUser,
     .place = UserPlace,
     .entry = RecordAt},
    {.select = R"sql(
       SELECT sequence, before, value, canonical_id, service,
              coalesce((SELECT max(sequence) FROM journal j
                        WHERE j.canonical_id = journal.canonical_id AND j.service = journal.service
                          AND j.sequence < journal.sequence), 0)
       FROM journal)sql",
     .there = "sequence = $1",
     .after = "sequence > $1",
     .order = "sequence",
     .place = SequencePlace,
     .entry = JournalAt},
    {.select = "SELECT partner_system, sequence, value FROM outbox",
     .there = "(partner_system, sequence) = ($1, $2)",
     .after = "(partner_system, sequence) > ($1, $2)",
     .order = "partner_system, sequence",
     .place = OutboxPlace,
     .entry = CancelAt},
    {.select = "SELECT partner_system, value, version FROM agreements",
     .there = "partner_system = $1",
     .after = "partner_system > $1",
     .order = "partner_system",
     .place = SystemPlace,
     .entry = AgreementAt},
    {.select = "SELECT partner_system, canonical_id, service FROM records",
     .there = "(partner_system, canonical_id, service) = ($1, $2, $3)",
     .after = "partner_system IS NOT NULL AND (partner_system, canonical_id, service) > ($1, $2, $3)",
     .order = "partner_system, canonical_id, service",
     .place = ByPartnerPlace,
     .entry = ByPartnerAt},
    // After where the user of the place stands, which is still there.
    {.select = "SELECT canonical_id, service, authorized_until FROM records",
     .there = "authorized_until IS NOT NULL AND (canonical_id, service) = ($1, $2)",
     .after = R"sql(authorized_until IS NOT NULL AND ($1 = '' OR (authorized_until, canonical_id, service) > (
       (SELECT authorized_until FROM records WHERE canonical_id = $1 AND service = $2), $1, $2::smallint)))sql",
     .order = "authorized_until, canonical_id, service",
     .place = ByExpiryPlace,
     .entry = ByExpiryAt},
};

constexpr FrozenFamily kVisitors[] = {
    {.select = "SELECT key, value FROM expected",
     .there = "key = $1",
     .after = "key > $1",
     .order = "key",
     .place = SystemPlace,
     .entry = ExpectedAt},
    {.select = "SELECT primary_system, canonical_id, service, value, incarnation::text, counter::text FROM visitors",
     .there = kThisVisitor,
     .after = kAfterVisitor,
     .order = kVisitor,
     .place = VisitorPlace,
     .entry = VisitAt},
    {.select = "SELECT primary_system, canonical_id, service, value, incarnation::text, counter::text FROM cancelled",
     .there = kThisVisitor,
     .after = kAfterVisitor,
     .order = kVisitor,
     .place = VisitorPlace,
     .entry = CancelledAt},
};

}  // namespace

absl::Span<const FrozenFamily> MigrationFamilies() { return kMigrations; }
absl::Span<const FrozenFamily> VisitorFamilies() { return kVisitors; }

}  // namespace mcmig::migration::postgresql
