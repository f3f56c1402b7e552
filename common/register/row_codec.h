#ifndef COMMON_REGISTER_ROW_CODEC_H_
#define COMMON_REGISTER_ROW_CODEC_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
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
// By partner MC system and sequence; what all keys of that system begin with.
std::string OutboxKey(const identity::SystemName& partner, uint64_t sequence);
std::string OutboxPrefix(const identity::SystemName& partner);

absl::StatusOr<UserKey> ParseUserKey(absl::string_view key);
absl::StatusOr<VisitorKey> ParseVisitorKey(absl::string_view key);
absl::StatusOr<uint64_t> ParseSequenceKey(absl::string_view key);

// A record with its request memory.
struct RecordRow {
  Record record;
  std::vector<AnsweredRequest> answered;
};

std::string ValueOf(const UserProfiles& user);
std::string ValueOf(const Agreement& agreement);
// As of the mutation, without copying it.
std::string ValueOf(const Record& record, const std::vector<AnsweredRequest>& answered);
// Without the sequence, which is the key; so is the partner system of a cancel.
std::string ValueOf(const JournalEntry& entry);
std::string ValueOf(const OutboxEntry& entry);
std::string ValueOf(const Visitor& visitor);
// Without what is in the key.
std::string ValueOf(const ExpectedVisitor& expected);

absl::StatusOr<UserProfiles> ParseUserProfiles(absl::string_view value);
absl::StatusOr<Agreement> ParseAgreement(absl::string_view value);
absl::StatusOr<RecordRow> ParseRecord(absl::string_view value);
absl::StatusOr<JournalEntry> ParseJournalEntry(absl::string_view value);
absl::StatusOr<OutboxEntry> ParseOutboxEntry(absl::string_view value);
absl::StatusOr<Visitor> ParseVisitor(absl::string_view value);
absl::StatusOr<ExpectedVisitor> ParseExpected(absl::string_view key, absl::string_view value);

}  // namespace mcmig::migration::row

#endif  // COMMON_REGISTER_ROW_CODEC_H_
