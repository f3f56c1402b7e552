#include "common/audit/verification.h"

#include <vector>

#include "absl/strings/str_cat.h"
#include "common/audit/head_file.h"
#include "common/audit/reading.h"

namespace mcmig::audit {
namespace {

// The position before record `from`, with which the first segment has to begin.
absl::StatusOr<Position> BeginOf(const std::string& directory, const std::vector<Segment>& segments, uint64_t from) {
  if (segments.empty()) return Position{};
  if (segments.front().first != from) {
    return absl::DataLossError(absl::StrCat(directory, ": begins with record ", segments.front().first, ", not with ",
                                            from, ": the records before it are missing, or were not asked to be"));
  }
  if (from == 1) return Position{};
  return StatedBegin(segments.front());
}

Verified::State StateOf(const HeadSeen& seen) {
  if (seen.in_use) return Verified::State::kInUse;
  return seen.copies.head->closed ? Verified::State::kClosed : Verified::State::kCrashed;
}

}  // namespace

absl::StatusOr<Verified> VerifyLog(const std::string& directory, uint64_t from, Visit visit) {
  // The head first: all that it names is in the files by now.
  const absl::StatusOr<HeadSeen> seen = LookAtHead(directory);
  if (!seen.ok()) return seen.status();
  const HeadCopies& copies = seen->copies;
  if (!copies.head || copies.damaged) {
    return absl::DataLossError(absl::StrCat(HeadFileOf(directory),
                                            ": is damaged: it was changed, or a power failure "
                                            "cut off its last write and no process has been started since"));
  }
  const Head& head = *copies.head;
  const absl::StatusOr<std::vector<Segment>> segments = ListSegments(directory);
  if (!segments.ok()) return segments.status();
  const absl::StatusOr<Position> begin = BeginOf(directory, *segments, from);
  if (!begin.ok()) return begin.status();
  const absl::StatusOr<Reading> reading =
      ReadLog(*segments, *begin, head, [&](absl::string_view line, const Position& at) {
        if (at.sequence <= head.last.sequence) visit(line, at);
      });
  if (!reading.ok()) return reading.status();
  if (absl::Status end = CheckEnd(directory, head, *reading); !end.ok()) return end;
  return Verified{.state = StateOf(*seen),
                  .segments = segments->size(),
                  .first = begin->sequence + 1,
                  .last = head.last,
                  .further_records = reading->last.sequence - head.last.sequence,
                  .further_bytes = reading->rest_bytes};
}

}  // namespace mcmig::audit
