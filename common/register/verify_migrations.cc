#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/register/row_codec.h"
#include "common/register/row_families.h"
#include "common/register/storage.pb.h"
#include "common/register/verify_rows.h"

namespace mcmig::migration {
namespace {

using protocol::Epoch;

// So that sums of different numbers hardly ever agree (the finalizer of SplitMix64).
uint64_t Mixed(uint64_t number) {
  number = (number ^ (number >> 30)) * 0xbf58476d1ce4e5b9;
  number = (number ^ (number >> 27)) * 0x94d049bb133111eb;
  return number ^ (number >> 31);
}

std::string EntryPlace(uint64_t sequence) { return absl::StrCat("journal entry ", sequence); }

std::string WhereText(absl::string_view system) {
  return system.empty() ? "at the primary" : absl::StrCat("at ", system);
}

absl::string_view SystemOf(const Record& record) {
  return record.state == State::kMigrated ? absl::string_view(record.partner_system) : absl::string_view();
}

void CheckEpoch(Checked& checked, absl::string_view rule, const std::string& place, const Epoch& epoch) {
  if (epoch.incarnation <= checked.rows.incarnation()) return;
  checked.Find(rule, place,
               absl::StrCat("has epoch ", TextOf(epoch), " in a store of incarnation ", checked.rows.incarnation()));
}

absl::StatusOr<uint64_t> LastVersion(const Checked& checked) {
  const absl::StatusOr<std::optional<std::string>> value = checked.rows.Get({RowView::kMetadata, kVersionsKey});
  if (!value.ok()) return value.status();
  storage::VersionCounter counter;
  if (value->has_value() && !counter.ParseFromString(**value)) return 0;
  return counter.last();
}

// Of profiles and agreements.
absl::Status CheckVersion(Checked& checked, absl::string_view family, absl::string_view key, uint64_t version) {
  const absl::StatusOr<uint64_t> last = LastVersion(checked);
  if (!last.ok()) return last.status();
  if (version <= *last) return absl::OkStatus();
  checked.Find(absl::StrCat(family, ".version"), PlaceOf(family, key),
               absl::StrCat("has version ", version, ", but the last one given is ", *last));
  return absl::OkStatus();
}

absl::Status CheckProfiles(Checked& checked, absl::string_view key, absl::string_view value) {
  const absl::StatusOr<UserProfiles> user = row::ParseUserProfiles(value);
  if (user.ok() && row::ParseUserKey(key).ok()) return CheckVersion(checked, "profiles", key, user->version);
  checked.Find("profiles.readable", PlaceOf("profiles", key), "cannot be understood");
  return absl::OkStatus();
}

absl::Status CheckAgreement(Checked& checked, absl::string_view key, absl::string_view value) {
  const absl::StatusOr<Agreement> agreement = row::ParseAgreement(value);
  if (agreement.ok()) return CheckVersion(checked, "agreements", key, agreement->version);
  checked.Find("agreements.readable", PlaceOf("agreements", key), "cannot be understood");
  return absl::OkStatus();
}

// The record and its last change say the same.
void CheckLastChange(Checked& checked, const UserKey& user, const row::RecordRow& row,
                     const std::optional<std::string>& journal) {
  const absl::StatusOr<row::JournalRow> last = journal
                                                   ? row::ParseJournalRow(row::SequenceKey(row.last_change), *journal)
                                                   : absl::StatusOr<row::JournalRow>(absl::NotFoundError(""));
  std::string text;
  if (!journal) {
    text = "is not there";
  } else if (!last.ok()) {
    text = "cannot be understood";
  } else if (last->entry.key != user) {
    text = "is another user's";
  } else if (last->entry.epoch != row.record.epoch || last->entry.after != SystemOf(row.record)) {
    text = absl::StrCat("says epoch ", TextOf(last->entry.epoch), ", ", WhereText(last->entry.after),
                        "; the record says ", TextOf(row.record.epoch), ", ", WhereText(SystemOf(row.record)));
  }
  if (text.empty()) return;
  checked.Find("records.last_change", PlaceOf(user),
               absl::StrCat("its last change, ", EntryPlace(row.last_change), ", ", text));
}

absl::Status CheckRecord(Checked& checked, absl::string_view key, absl::string_view value) {
  const absl::StatusOr<UserKey> user = row::ParseUserKey(key);
  const absl::StatusOr<row::RecordRow> row = row::ParseRecord(value);
  if (!user.ok() || !row.ok()) {
    checked.Find("records.readable", PlaceOf("records", key), "cannot be understood");
    return absl::OkStatus();
  }
  const Record& record = row->record;
  const std::string place = PlaceOf(*user);
  CheckEpoch(checked, "records.epoch", place, record.epoch);
  for (const AnsweredRequest& answered : row->answered) {
    if (answered.epoch <= record.epoch) continue;
    checked.Find("records.answered", place,
                 absl::StrCat("remembers an answer of epoch ", TextOf(answered.epoch), ", later than its own"));
  }
  checked.followed += Mixed(row->last_change);
  const bool migrated = record.state == State::kMigrated;
  if (migrated) ++checked.users;
  const bool ends = migrated && record.authorized_until != absl::InfiniteFuture();
  const auto values = checked.rows.Get({{kJournal, row::SequenceKey(row->last_change)},
                                        {kByPartner, row::ByPartnerKey(record.partner_system, key)},
                                        {kByExpiry, row::ByExpiryKey(record.authorized_until, key)}});
  if (!values.ok()) return values.status();
  CheckLastChange(checked, *user, *row, (*values)[0]);
  if (migrated && !(*values)[1]) {
    checked.Find("records.by_partner", place, absl::StrCat("is at ", record.partner_system, ", but not in its index"));
  }
  if (ends && !(*values)[2]) checked.Find("records.by_expiry", place, "has a time to end, but is not in its index");
  return absl::OkStatus();
}

// The entry before this one of the same user leads to it.
void CheckPrevious(Checked& checked, const row::JournalRow& row, const std::optional<std::string>& previous) {
  const JournalEntry& entry = row.entry;
  std::string text;
  if (row.previous == 0) {
    if (!entry.before.empty()) text = absl::StrCat("is the first of its user, but begins ", WhereText(entry.before));
  } else {
    const absl::StatusOr<row::JournalRow> before = previous
                                                       ? row::ParseJournalRow(row::SequenceKey(row.previous), *previous)
                                                       : absl::StatusOr<row::JournalRow>(absl::NotFoundError(""));
    const std::string follows = absl::StrCat("follows ", EntryPlace(row.previous), ", which ");
    if (!before.ok()) {
      text = absl::StrCat(follows, previous ? "cannot be understood" : "is not there");
    } else if (before->entry.key != entry.key || row.previous >= entry.sequence) {
      text = absl::StrCat(follows, "is another user's, or later");
    } else if (before->entry.epoch >= entry.epoch) {
      text = absl::StrCat(follows, "has epoch ", TextOf(before->entry.epoch), ", not before ", TextOf(entry.epoch));
    } else if (before->entry.after != entry.before) {
      text =
          absl::StrCat(follows, "ends ", WhereText(before->entry.after), "; this one begins ", WhereText(entry.before));
    }
  }
  if (!text.empty()) checked.Find("journal.chain", EntryPlace(entry.sequence), text);
}

absl::Status CheckEntry(Checked& checked, absl::string_view key, absl::string_view value) {
  const absl::StatusOr<row::JournalRow> row = row::ParseJournalRow(key, value);
  if (!row.ok()) {
    checked.Find("journal.readable", PlaceOf("journal", key), "cannot be understood");
    return absl::OkStatus();
  }
  const JournalEntry& entry = row->entry;
  const std::string place = EntryPlace(entry.sequence);
  CheckEpoch(checked, "journal.epoch", place, entry.epoch);
  checked.entries += Mixed(entry.sequence);
  if (row->previous != 0) checked.followed += Mixed(row->previous);
  const auto values =
      checked.rows.Get({{kJournal, row::SequenceKey(row->previous)}, {kRecords, row::KeyOf(entry.key)}});
  if (!values.ok()) return values.status();
  CheckPrevious(checked, *row, (*values)[0]);
  const absl::StatusOr<row::RecordRow> record =
      (*values)[1] ? row::ParseRecord(*(*values)[1]) : absl::StatusOr<row::RecordRow>(absl::NotFoundError(""));
  if (!(*values)[1]) {
    checked.Find("journal.record", place, absl::StrCat("is of ", PlaceOf(entry.key), ", who has no record"));
  } else if (record.ok() && (entry.epoch > record->record.epoch || entry.sequence > record->last_change)) {
    checked.Find(
        "journal.record", place,
        absl::StrCat("is later than the record of ", PlaceOf(entry.key), ", epoch ", TextOf(record->record.epoch)));
  }
  return absl::OkStatus();
}

absl::Status CheckCancel(Checked& checked, absl::string_view key, absl::string_view value) {
  const absl::StatusOr<OutboxEntry> cancel = row::ParseOutboxEntry(key, value);
  if (!cancel.ok()) {
    checked.Find("outbox.readable", PlaceOf("outbox", key), "cannot be understood");
    return absl::OkStatus();
  }
  const std::string place = absl::StrCat("cancel ", cancel->sequence, " to ", cancel->partner_system);
  CheckEpoch(checked, "outbox.epoch", place, cancel->epoch);
  const std::string journal_key = row::SequenceKey(cancel->sequence);
  const auto values = checked.rows.Get({{kJournal, journal_key}, {kRecords, row::KeyOf(cancel->key)}});
  if (!values.ok()) return values.status();
  const absl::StatusOr<row::JournalRow> change = (*values)[0]
                                                     ? row::ParseJournalRow(journal_key, *(*values)[0])
                                                     : absl::StatusOr<row::JournalRow>(absl::NotFoundError(""));
  if (!change.ok() || change->entry.key != cancel->key || change->entry.before != cancel->partner_system ||
      change->entry.epoch <= cancel->epoch) {
    checked.Find("outbox.journal", place,
                 absl::StrCat("no change of ", PlaceOf(cancel->key), " took the user from there after epoch ",
                              TextOf(cancel->epoch)));
  }
  const absl::StatusOr<row::RecordRow> record =
      (*values)[1] ? row::ParseRecord(*(*values)[1]) : absl::StatusOr<row::RecordRow>(absl::NotFoundError(""));
  if (!record.ok() || record->record.epoch <= cancel->epoch) {
    checked.Find("outbox.record", place,
                 absl::StrCat("cancels epoch ", TextOf(cancel->epoch), " of ", PlaceOf(cancel->key),
                              ", which the record has not left behind"));
  }
  return absl::OkStatus();
}

// Whether the record under `user_key` stands where an index says.
absl::Status CheckIndexed(Checked& checked, absl::string_view family, absl::string_view key, absl::string_view user_key,
                          std::string (*place_of)(const Record& record, absl::string_view user_key)) {
  const absl::StatusOr<UserKey> user = row::ParseUserKey(user_key);
  if (!user.ok()) {
    checked.Find(absl::StrCat(family, ".readable"), PlaceOf(family, key), "cannot be understood");
    return absl::OkStatus();
  }
  const absl::StatusOr<std::optional<std::string>> value = checked.rows.Get({kRecords, std::string(user_key)});
  if (!value.ok()) return value.status();
  const absl::StatusOr<row::RecordRow> row =
      value->has_value() ? row::ParseRecord(**value) : absl::StatusOr<row::RecordRow>(absl::NotFoundError(""));
  if (row.ok() && row->record.state == State::kMigrated && place_of(row->record, user_key) == key) {
    return absl::OkStatus();
  }
  checked.Find(absl::StrCat(family, ".record"), PlaceOf(*user),
               "the index names a record that is not there, or elsewhere");
  return absl::OkStatus();
}

absl::Status CheckByPartner(Checked& checked, absl::string_view key, absl::string_view /*value*/) {
  const size_t end = key.find('\0');
  return CheckIndexed(checked, "by_partner", key, end == absl::string_view::npos ? "" : key.substr(end + 1),
                      [](const Record& record, absl::string_view user_key) {
                        return row::ByPartnerKey(record.partner_system, user_key);
                      });
}

absl::Status CheckByExpiry(Checked& checked, absl::string_view key, absl::string_view /*value*/) {
  const size_t time_bytes = row::SequenceKey(0).size();
  return CheckIndexed(checked, "by_expiry", key, key.size() < time_bytes ? "" : key.substr(time_bytes),
                      [](const Record& record, absl::string_view user_key) {
                        return row::ByExpiryKey(record.authorized_until, user_key);
                      });
}

}  // namespace

std::vector<FamilyCheck> MigrationChecks() {
  return {{kProfiles, CheckProfiles}, {kAgreements, CheckAgreement}, {kRecords, CheckRecord},   {kJournal, CheckEntry},
          {kOutbox, CheckCancel},     {kByPartner, CheckByPartner},  {kByExpiry, CheckByExpiry}};
}

absl::Status CheckMigrationTotals(Checked& checked) {
  const absl::StatusOr<std::optional<uint64_t>> count = StoredCount(checked.rows);
  if (!count.ok()) return count.status();
  if (*count && **count != checked.users) {
    checked.Find("records.count", "count", absl::StrCat("says ", **count, ", but ", checked.users, " are migrated"));
  }
  if (checked.entries != checked.followed) {
    checked.Find("journal.complete", "journal", "an entry is in no user's history, or in it twice");
  }
  return absl::OkStatus();
}

}  // namespace mcmig::migration
