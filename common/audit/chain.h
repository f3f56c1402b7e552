#ifndef COMMON_AUDIT_CHAIN_H_
#define COMMON_AUDIT_CHAIN_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "common/digest/sha256.h"

// The form of the audit log's records, and the chain over them. One record is one line, a JSON object:
//
//   {"seq":7,"time":"…",…,"chain":"<64 hex digits>"}
//
// `chain` is SHA-256 over the 32 bytes of the record before it (zeros before the first) and this record's bytes up to
// `,"chain"`. There is one way to write a record that verifies, so a change of any byte of it is found. Pure.
namespace mcmig::audit {

using Hash = digest::Sha256;
std::string HexOf(const Hash& hash);
// Empty unless 64 lower-case hex digits.
std::optional<Hash> HashOf(absl::string_view hex);

// SHA-256 over both.
Hash DigestOf(const Hash& previous, absl::string_view bytes);

// Where a log stands: its last record. The default is before the first.
struct Position {
  uint64_t sequence = 0;
  Hash chain{};
  friend bool operator==(const Position&, const Position&) = default;
};

// No line is longer; what goes into a record is bounded where it is made (entry.h).
inline constexpr size_t kMaxRecordBytes = 1 << 20;

// Appends to `lines` the record after `at`, with its end of line, and moves `at` to it. `members` are the JSON object's
// without braces, e.g. `"time":"…","kind":"call"`.
void AppendRecord(absl::string_view members, Position& at, std::string& lines);

// Moves `at` to the record in `line` (without end of line) where that is the one after it. DATA_LOSS, `at` unchanged,
// where it is not: another number, another chain, not of this form.
absl::Status ReadRecord(absl::string_view line, Position& at);

// The chain that a line says it has; empty where it is of another form. Proves nothing.
std::optional<Hash> StatedChain(absl::string_view line);

// The first record of each file of the log has a member `previous`, the chain before it, so that a log whose older
// files were taken away can be read. This makes and reads it; empty where there is none.
std::string PreviousMember(const Hash& previous);
std::optional<Hash> StatedPrevious(absl::string_view line);

}  // namespace mcmig::audit

#endif  // COMMON_AUDIT_CHAIN_H_
