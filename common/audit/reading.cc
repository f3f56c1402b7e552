#include "common/audit/reading.h"

#include <algorithm>
#include <filesystem>
#include <system_error>

#include "absl/strings/str_cat.h"

namespace mcmig::audit {
namespace {

uint64_t SizeOf(const Segment& segment) {
  std::error_code error;
  const uint64_t bytes = std::filesystem::file_size(segment.path, error);
  return error ? 0 : bytes;
}

absl::Status Missing(const std::string& directory, uint64_t sequence, const Head& head) {
  return absl::DataLossError(absl::StrCat(directory, ": record ", sequence, " is missing: ", HeadFileOf(directory),
                                          " says that the last one is ", head.last.sequence));
}

}  // namespace

absl::StatusOr<Reading> ReadLog(absl::Span<const Segment> segments, const Position& begin, const Head& head,
                                Visit visit) {
  Reading reading{.last = begin, .rest_segment = segments.size(), .rest_begin = 0, .rest_bytes = 0, .why = {}};
  bool another = false;
  const auto check = [&](absl::string_view line, const Position& at) {
    another = another || (at.sequence == head.last.sequence && at != head.last);
    visit(line, at);
  };
  for (size_t i = 0; i < segments.size() && !reading.has_rest(); ++i) {
    const Segment& segment = segments[i];
    uint64_t verified = 0;
    if (segment.first == reading.last.sequence + 1) {
      const absl::StatusOr<Scan> scan = ScanSegment(segment, reading.last, check);
      if (!scan.ok()) return scan.status();
      reading.last = scan->last;
      verified = scan->verified_bytes;
      reading.why = scan->end;
      // One is made, and then written to.
      if (verified == 0 && scan->end.ok()) reading.why = absl::DataLossError(absl::StrCat(segment.path, ": is empty"));
    } else {
      reading.why = absl::DataLossError(
          absl::StrCat(segment.path, ": does not follow record ", reading.last.sequence, ", the last one before it"));
    }
    if (!reading.has_rest()) continue;
    reading.rest_segment = i;
    reading.rest_begin = verified;
    for (size_t j = i; j < segments.size(); ++j) reading.rest_bytes += SizeOf(segments[j]);
    reading.rest_bytes -= std::min(reading.rest_bytes, verified);
  }
  if (another) {
    return absl::DataLossError(absl::StrCat("record ", head.last.sequence, " is not the one that the head file names"));
  }
  return reading;
}

absl::Status CheckEnd(const std::string& directory, const Head& head, const Reading& reading) {
  if (reading.last.sequence < head.last.sequence) {
    return reading.has_rest() ? reading.why : Missing(directory, reading.last.sequence + 1, head);
  }
  if (head.closed && (reading.last.sequence > head.last.sequence || reading.has_rest())) {
    return absl::DataLossError(
        absl::StrCat(directory, ": something follows record ", head.last.sequence, ", after which the log was closed"));
  }
  return absl::OkStatus();
}

absl::StatusOr<Begin> BeginAtHead(const std::string& directory, absl::Span<const Segment> segments, const Head& head) {
  if (head.last.sequence == 0) return Begin{};
  size_t after = 0;
  while (after < segments.size() && segments[after].first <= head.last.sequence) ++after;
  if (after == 0) return Missing(directory, head.last.sequence, head);
  const Segment& segment = segments[after - 1];
  const absl::StatusOr<Position> stated = StatedBegin(segment);
  if (!stated.ok()) return stated.status();
  if (after > 1) {
    const absl::StatusOr<Hash> end = StatedEnd(segments[after - 2]);
    if (!end.ok()) return end.status();
    if (*end != stated->chain) {
      return absl::DataLossError(
          absl::StrCat(segment.path, ": does not begin where ", segments[after - 2].path, " ends"));
    }
  }
  return Begin{.segment = after - 1, .at = *stated};
}

}  // namespace mcmig::audit
