#ifndef COMMON_REGISTER_ROW_CODEC_H_
#define COMMON_REGISTER_ROW_CODEC_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "common/register/migration.h"
#include "common/register/visitor_store.h"

// Keys and values of the embedded stores. A value reads back as it was written; one that cannot be understood is
// DATA_LOSS, with a text that repeats nothing of it. Pure; thread-safe.
namespace mcmig::migration::row {

// Keys end each part with a NUL, which no canonical ID and no system name contains, and sort as the types they stand
// for.
std::string KeyOf(const UserKey& user);
std::string KeyOf(const VisitorKey& visitor);
// By system, user or domain, and service. The version for one user, and the one for all of a domain.
std::string ExpectedKeyOf(const VisitorKey& visitor);
std::string ExpectedKeyOf(const identity::SystemName& primary_system, absl::string_view domain,
                          protocol::McService service);
std::string KeyOf(const ExpectedVisitor& expected);
// Eight bytes, the highest first.
std::string SequenceKey(uint64_t sequence);
// By partner MC system and sequence.
std::string OutboxKey(const identity::SystemName& partner, uint64_t sequence);
// What follows, in key order, all keys that begin with SystemPrefix(system).
std::string AfterSystem(const identity::SystemName& system);
// A system's name as the first part of a key.
std::string SystemPrefix(const identity::SystemName& system);
// Indexes; `user` is KeyOf(UserKey). Times from the year 1678 to 2261 sort exactly, others at the ends of these.
std::string ByPartnerKey(const identity::SystemName& partner, absl::string_view user);
std::string ByExpiryKey(absl::Time authorized_until, absl::string_view user);
// The first key of the index that stands for a time later than `time`.
std::string ExpiryAfter(absl::Time time);

absl::StatusOr<UserKey> ParseUserKey(absl::string_view key);
absl::StatusOr<VisitorKey> ParseVisitorKey(absl::string_view key);
absl::StatusOr<uint64_t> ParseSequenceKey(absl::string_view key);
struct OutboxPlace {
  identity::SystemName partner_system;
  uint64_t sequence = 0;
};
absl::StatusOr<OutboxPlace> ParseOutboxKey(absl::string_view key);
absl::StatusOr<UserKey> ParseByExpiryKey(absl::string_view key);

// A record with its request memory, and the sequence of the journal entry of its last change.
struct RecordRow {
  Record record;
  std::vector<AnsweredRequest> answered;
  uint64_t last_change = 0;
};

// A journal entry, and the sequence of the one before it of the same user and service; 0 in the first.
struct JournalRow {
  JournalEntry entry;
  uint64_t previous = 0;
};

// The highest cancelled epoch of a user of another MC system.
struct Cancelled {
  protocol::Epoch epoch;
  absl::Time at;
};

std::string ValueOf(const UserProfiles& user);
std::string ValueOf(const Agreement& agreement);
// As of the mutation, without copying it.
std::string ValueOf(const Record& record, const std::vector<AnsweredRequest>& answered, uint64_t last_change);
// Without the sequence, which is the key; so is the partner system of a cancel.
std::string ValueOf(const JournalEntry& entry, uint64_t previous);
std::string ValueOf(const OutboxEntry& entry);
std::string ValueOf(const Visitor& visitor);
std::string ValueOf(const Cancelled& cancelled);
// Without what is in the key.
std::string ValueOf(const ExpectedVisitor& expected);

absl::StatusOr<UserProfiles> ParseUserProfiles(absl::string_view value);
absl::StatusOr<Agreement> ParseAgreement(absl::string_view value);
absl::StatusOr<RecordRow> ParseRecord(absl::string_view value);
// With what is in their keys.
absl::StatusOr<JournalRow> ParseJournalRow(absl::string_view key, absl::string_view value);
absl::StatusOr<OutboxEntry> ParseOutboxEntry(absl::string_view key, absl::string_view value);
absl::StatusOr<Visitor> ParseVisitor(absl::string_view value);
absl::StatusOr<Cancelled> ParseCancelled(absl::string_view value);
absl::StatusOr<ExpectedVisitor> ParseExpected(absl::string_view key, absl::string_view value);

}  // namespace mcmig::migration::row

#endif  // COMMON_REGISTER_ROW_CODEC_H_
