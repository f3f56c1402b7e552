#include "common/audit/recovery.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cstddef>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/types/span.h"
#include "common/audit/files.h"
#include "common/audit/reading.h"
#include "common/register/sync_directory.h"

namespace mcmig::audit {
namespace {

absl::Status Cut(const Segment& segment, uint64_t bytes) {
  if (bytes == 0) {
    if (unlink(segment.path.c_str()) != 0) return FileError(segment.path);
    return migration::SyncDirectoryOf(segment.path);
  }
  const int fd = open(segment.path.c_str(), O_WRONLY | O_CLOEXEC);
  if (fd < 0) return FileError(segment.path);
  absl::Status cut;
  if (ftruncate(fd, static_cast<off_t>(bytes)) != 0 || fsync(fd) != 0) cut = FileError(segment.path);
  close(fd);
  return cut;
}

// From the end, so that a crash meanwhile leaves no gap.
absl::Status CutRest(absl::Span<const Segment> segments, const Reading& reading) {
  for (size_t i = segments.size(); i > reading.rest_segment; --i) {
    const uint64_t keep = i - 1 == reading.rest_segment ? reading.rest_begin : 0;
    if (absl::Status cut = Cut(segments[i - 1], keep); !cut.ok()) return cut;
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<Recovered> Recover(const std::string& directory, const HeadCopies& copies) {
  const absl::StatusOr<std::vector<Segment>> segments = ListSegments(directory);
  if (!segments.ok()) return segments.status();
  if (!copies.head) {
    // The head is written before the first record.
    if (segments->empty() && !copies.damaged) return Recovered{};
    return absl::DataLossError(absl::StrCat(HeadFileOf(directory), ": is missing or damaged"));
  }
  const absl::StatusOr<Begin> begin = BeginAtHead(directory, *segments, *copies.head);
  if (!begin.ok()) return begin.status();
  const absl::Span<const Segment> read = absl::MakeConstSpan(*segments).subspan(begin->segment);
  const absl::StatusOr<Reading> reading =
      ReadLog(read, begin->at, *copies.head, [](absl::string_view /*line*/, const Position& /*at*/) {});
  if (!reading.ok()) return reading.status();
  if (absl::Status end = CheckEnd(directory, *copies.head, *reading); !end.ok()) return end;
  if (absl::Status cut = CutRest(read, *reading); !cut.ok()) return cut;
  return Recovered{.last = reading->last,
                   .crashed = !copies.head->closed,
                   .kept_records = reading->last.sequence - copies.head->last.sequence,
                   .cut_bytes = reading->rest_bytes,
                   .head_damaged = copies.damaged};
}

}  // namespace mcmig::audit
