#include "common/audit/files.h"

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <fstream>
#include <optional>
#include <system_error>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"

namespace mcmig::audit {
namespace {

constexpr absl::string_view kBegin = "audit-";
constexpr absl::string_view kEnd = ".jsonl";

std::string NameOf(uint64_t first) { return absl::StrCat(kBegin, absl::Dec(first, absl::kZeroPad20), kEnd); }

absl::Status Damaged(const Segment& segment, uint64_t sequence, absl::string_view what) {
  return absl::DataLossError(absl::StrCat(segment.path, ": record ", sequence, " ", what));
}

}  // namespace

absl::Status FileError(const std::string& path) {
  const int error = errno;
  const std::string text = absl::StrCat(path, ": ", std::generic_category().message(error));
  return error == ENOENT ? absl::NotFoundError(text) : absl::UnavailableError(text);
}

std::string SegmentPath(const std::string& directory, uint64_t first) {
  return (std::filesystem::path(directory) / NameOf(first)).string();
}

absl::StatusOr<std::vector<Segment>> ListSegments(const std::string& directory) {
  std::vector<Segment> segments;
  std::error_code error;
  auto file = std::filesystem::directory_iterator(directory, error);
  if (error == std::errc::no_such_file_or_directory) return segments;
  for (; !error && file != std::filesystem::directory_iterator(); file.increment(error)) {
    const std::string name = file->path().filename().string();
    absl::string_view digits = name;
    if (!absl::ConsumePrefix(&digits, kBegin)) continue;
    uint64_t first = 0;
    if (!absl::ConsumeSuffix(&digits, kEnd) || !absl::SimpleAtoi(digits, &first) || NameOf(first) != name) {
      return absl::DataLossError(absl::StrCat(file->path().string(), ": is not named as files of the audit log are"));
    }
    segments.push_back({.path = file->path().string(), .first = first});
  }
  if (error) return absl::UnavailableError(absl::StrCat(directory, ": ", error.message()));
  std::sort(segments.begin(), segments.end(), [](const Segment& a, const Segment& b) { return a.first < b.first; });
  return segments;
}

absl::StatusOr<Scan> ScanSegment(const Segment& segment, const Position& at, Visit visit) {
  std::ifstream file(segment.path, std::ios::binary);
  if (!file) return FileError(segment.path);
  std::error_code error;
  Scan scan{.last = at, .verified_bytes = 0, .file_bytes = std::filesystem::file_size(segment.path, error), .end = {}};
  if (error) return absl::UnavailableError(absl::StrCat(segment.path, ": ", error.message()));
  for (std::string line; std::getline(file, line);) {
    absl::Status read;
    if (file.eof()) {
      read = absl::DataLossError("is cut off");
    } else if (line.size() > kMaxRecordBytes) {
      read = absl::DataLossError("is longer than a record can be");
    } else if (scan.verified_bytes == 0 && StatedPrevious(line) != at.chain) {
      read = absl::DataLossError("begins a file and does not fit the record before it");
    } else {
      read = ReadRecord(line, scan.last);
    }
    if (!read.ok()) {
      scan.end = Damaged(segment, scan.last.sequence + 1, read.message());
      return scan;
    }
    scan.verified_bytes += line.size() + 1;
    visit(line, scan.last);
  }
  if (file.bad()) return absl::UnavailableError(absl::StrCat(segment.path, ": cannot be read"));
  return scan;
}

absl::StatusOr<Position> StatedBegin(const Segment& segment) {
  std::ifstream file(segment.path, std::ios::binary);
  std::string line;
  if (!file || !std::getline(file, line)) return Damaged(segment, segment.first, "is missing");
  const std::optional<Hash> previous = StatedPrevious(line);
  if (!previous || segment.first == 0) return Damaged(segment, segment.first, "does not say what was before it");
  return Position{.sequence = segment.first - 1, .chain = *previous};
}

absl::StatusOr<Hash> StatedEnd(const Segment& segment) {
  // As much as the chain and the end of the line take.
  constexpr std::streamoff kTail = 128;
  std::ifstream file(segment.path, std::ios::binary | std::ios::ate);
  const std::streamoff size = file ? static_cast<std::streamoff>(file.tellg()) : 0;
  std::string tail(static_cast<size_t>(std::min(size, kTail)), '\0');
  file.seekg(size - static_cast<std::streamoff>(tail.size()));
  file.read(tail.data(), static_cast<std::streamsize>(tail.size()));
  absl::string_view line = tail;
  const std::optional<Hash> chain = file && absl::ConsumeSuffix(&line, "\n") ? StatedChain(line) : std::nullopt;
  if (!chain) return absl::DataLossError(absl::StrCat(segment.path, ": its last record is damaged"));
  return *chain;
}

}  // namespace mcmig::audit
