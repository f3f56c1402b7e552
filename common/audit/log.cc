#include "common/audit/log.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"
#include "absl/time/clock.h"
#include "common/audit/files.h"
#include "common/audit/json.h"
#include "common/register/sync_directory.h"

namespace mcmig::audit {
namespace {

absl::Status MakeDirectory(const std::string& directory) {
  if (mkdir(directory.c_str(), S_IRWXU) == 0) return migration::SyncDirectoryOf(directory);
  return errno == EEXIST ? absl::OkStatus() : FileError(directory);
}

bool WriteAt(int fd, uint64_t place, absl::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written = pwrite(fd, bytes.data(), bytes.size(), static_cast<off_t>(place));
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return false;
    bytes.remove_prefix(static_cast<size_t>(written));
    place += static_cast<uint64_t>(written);
  }
  return true;
}

}  // namespace

absl::StatusOr<std::unique_ptr<Log>> Log::Open(const std::string& directory, uint64_t max_segment_bytes) {
  absl::string_view name = directory;
  while (name.size() > 1 && absl::ConsumeSuffix(&name, "/")) {
  }
  const std::string path(name);
  if (absl::Status made = MakeDirectory(path); !made.ok()) return made;
  absl::StatusOr<HeadFile> head = HeadFile::Open(path);
  if (!head.ok()) return head.status();
  const absl::StatusOr<HeadCopies> copies = head->Read();
  if (!copies.ok()) return copies.status();
  const absl::StatusOr<Recovered> recovered = Recover(path, *copies);
  if (!recovered.ok()) return recovered.status();
  std::unique_ptr<Log> log(new Log(path, max_segment_bytes, *std::move(head), *recovered));
  if (absl::Status opened = log->OpenLastSegment(); !opened.ok()) return opened;
  // Both copies, so that there are two from now on.
  for (int copy = 0; copy < 2; ++copy) {
    if (absl::Status written = log->head_.Write({.last = log->last_, .closed = false}); !written.ok()) return written;
  }
  return log;
}

Log::~Log() {
  if (file_.fd >= 0) close(file_.fd);
}

absl::Status Log::OpenLastSegment() {
  const absl::StatusOr<std::vector<Segment>> segments = ListSegments(directory_);
  if (!segments.ok()) return segments.status();
  if (segments->empty()) return absl::OkStatus();
  file_.path = segments->back().path;
  file_.fd = open(file_.path.c_str(), O_WRONLY | O_CLOEXEC);
  struct stat found = {};
  // What a killed process wrote may not have reached the disk, and the head is about to name it.
  if (file_.fd < 0 || fsync(file_.fd) != 0 || fstat(file_.fd, &found) != 0) return FileError(file_.path);
  file_.bytes = static_cast<uint64_t>(found.st_size);
  return absl::OkStatus();
}

Log::Appended Log::Append(const std::vector<std::string>& members) {
  Appended appended{.records = 0, .status = broken_};
  while (appended.status.ok() && appended.records < members.size()) {
    std::string lines;
    Position last = last_;
    const size_t taken = file_.fd < 0 ? 0 : Fill(members, appended.records, last, lines);
    if (taken > 0) {
      appended.status = Commit(lines, last);
    } else {
      appended.status = BeginSegment();
      continue;
    }
    if (appended.status.ok()) appended.records += taken;
  }
  return appended;
}

size_t Log::Fill(const std::vector<std::string>& members, size_t from, Position& last, std::string& lines) const {
  size_t taken = 0;
  for (; from + taken < members.size(); ++taken) {
    const Position before = last;
    const size_t bytes = lines.size();
    AppendRecord(members[from + taken], last, lines);
    // A segment has a record at least, beside that with which it begins.
    if (file_.bytes + lines.size() <= max_segment_bytes_ || (taken == 0 && file_.fresh)) continue;
    last = before;
    lines.resize(bytes);
    break;
  }
  return taken;
}

absl::Status Log::BeginSegment() {
  const File before = file_;
  file_ = {.path = SegmentPath(directory_, last_.sequence + 1), .fd = -1, .bytes = 0, .fresh = true};
  file_.fd = open(file_.path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, S_IRUSR | S_IWUSR);
  std::string line;
  Position last = last_;
  AppendRecord(absl::StrCat(PreviousMember(last_.chain), ",",
                            Members().Time("time", absl::Now()).Text("kind", "segment").Take()),
               last, line);
  absl::Status begun = file_.fd < 0 ? FileError(file_.path) : migration::SyncDirectoryOf(file_.path);
  if (begun.ok()) begun = Commit(line, last);
  const File& gone = begun.ok() ? before : file_;
  if (gone.fd >= 0) close(gone.fd);
  if (begun.ok()) return begun;
  // Nothing of it was acknowledged.
  if (broken_.ok() && file_.fd >= 0 && unlink(file_.path.c_str()) != 0) broken_ = FileError(file_.path);
  file_ = before;
  return begun;
}

absl::Status Log::Commit(const std::string& lines, const Position& last) {
  if (!WriteAt(file_.fd, file_.bytes, lines)) {
    const absl::Status failed = FileError(file_.path);
    // As if it had never been tried, so that the next attempt begins where this one did.
    if (ftruncate(file_.fd, static_cast<off_t>(file_.bytes)) != 0) broken_ = FileError(file_.path);
    return absl::UnavailableError(failed.message());
  }
  if (fdatasync(file_.fd) != 0) {
    broken_ = FileError(file_.path);
  } else if (absl::Status named = head_.Write({.last = last, .closed = false}); !named.ok()) {
    broken_ = named;
  }
  if (!broken_.ok()) return broken_;
  file_.fresh = file_.bytes == 0;
  file_.bytes += lines.size();
  last_ = last;
  return absl::OkStatus();
}

absl::Status Log::Close() {
  if (!broken_.ok()) return broken_;
  return head_.Write({.last = last_, .closed = true});
}

}  // namespace mcmig::audit
