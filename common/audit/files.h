#ifndef COMMON_AUDIT_FILES_H_
#define COMMON_AUDIT_FILES_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "common/audit/chain.h"

// The files of an audit log: segments in one directory, each named after its first record, "audit-<20 digits>.jsonl".
// Blocking; UNAVAILABLE where a file cannot be read or written.
namespace mcmig::audit {

// errno as a status about `path`: NOT_FOUND where there is no such file, else UNAVAILABLE.
absl::Status FileError(const std::string& path);

struct Segment {
  std::string path;
  uint64_t first = 0;
};
std::string SegmentPath(const std::string& directory, uint64_t first);

// The segments in order of their first records; none where the directory does not exist. DATA_LOSS where a file is
// named like a segment, and is none; other files are nobody's business.
absl::StatusOr<std::vector<Segment>> ListSegments(const std::string& directory);

// How far a segment verifies.
struct Scan {
  // The last record that does.
  Position last;
  // The bytes up to its end, and of the file.
  uint64_t verified_bytes = 0;
  uint64_t file_bytes = 0;
  // What is wrong with the record after it: OK where the file ends there, else DATA_LOSS that names file and record.
  absl::Status end;
};

// Called with each record that verifies: its line and where the log stands with it.
using Visit = absl::FunctionRef<void(absl::string_view line, const Position& at)>;

// Reads records from the begin of `segment` on, the first of which comes after `at`.
absl::StatusOr<Scan> ScanSegment(const Segment& segment, const Position& at, Visit visit);

// The position before its first record, as that says: a guess until the segment has been scanned. DATA_LOSS where it
// says nothing.
absl::StatusOr<Position> StatedBegin(const Segment& segment);
// The chain that its last record says it has. DATA_LOSS where it ends otherwise.
absl::StatusOr<Hash> StatedEnd(const Segment& segment);

}  // namespace mcmig::audit

#endif  // COMMON_AUDIT_FILES_H_
