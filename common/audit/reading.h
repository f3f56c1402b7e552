#ifndef COMMON_AUDIT_READING_H_
#define COMMON_AUDIT_READING_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "common/audit/chain.h"
#include "common/audit/files.h"
#include "common/audit/head_file.h"

namespace mcmig::audit {

// What segments in a row hold.
struct Reading {
  // The last record that verifies.
  Position last;
  // Where what does not verify begins: the segment, of those read, and the bytes of it that do. As many as were read
  // where everything verifies.
  size_t rest_segment = 0;
  uint64_t rest_begin = 0;
  // How much that is, and what is wrong with its first record. DATA_LOSS.
  uint64_t rest_bytes = 0;
  absl::Status why;

  [[nodiscard]] bool has_rest() const { return !why.ok(); }
};

// Reads `segments`, the first record of which comes after `begin`, up to the first that does not verify. DATA_LOSS
// where a record with the number of the head's is another one; UNAVAILABLE. Blocking.
absl::StatusOr<Reading> ReadLog(absl::Span<const Segment> segments, const Position& begin, const Head& head,
                                Visit visit);

// Whether a crash, or a process that is at work, explains how the log ends: nothing up to the head's record is missing,
// and what follows that of an open log was not acknowledged. Else DATA_LOSS, with the place. Pure.
absl::Status CheckEnd(const std::string& directory, const Head& head, const Reading& reading);

// The segment of the head's record, or the first one where there is no record yet, and the position before its first
// record.
struct Begin {
  size_t segment = 0;
  Position at;
};
// DATA_LOSS where it is missing or does not begin where the segment before it ends.
absl::StatusOr<Begin> BeginAtHead(const std::string& directory, absl::Span<const Segment> segments, const Head& head);

}  // namespace mcmig::audit

#endif  // COMMON_AUDIT_READING_H_
