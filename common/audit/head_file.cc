#include "common/audit/head_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <utility>
#include <vector>

#include "absl/algorithm/container.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "common/audit/files.h"
#include "common/register/sync_directory.h"

namespace mcmig::audit {
namespace {

constexpr size_t kCopyBytes = 4096;
constexpr size_t kFileBytes = 2 * kCopyBytes;
constexpr absl::string_view kOpen = "open";
constexpr absl::string_view kClosed = "closed";

// "<writes> <sequence> <chain> <open|closed> <check>", filled up with spaces.
std::string CopyOf(const Head& head, uint64_t writes) {
  std::string copy = absl::StrCat(writes, " ", head.last.sequence, " ", HexOf(head.last.chain), " ",
                                  head.closed ? kClosed : kOpen, " ");
  const std::string check = HexOf(DigestOf({}, copy));
  absl::StrAppend(&copy, check, "\n");
  copy.resize(kCopyBytes, ' ');
  return copy;
}

struct Copy {
  Head head;
  uint64_t writes = 0;
};

std::optional<Copy> ParseCopy(absl::string_view text) {
  const std::vector<absl::string_view> words = absl::StrSplit(text.substr(0, text.find('\n')), ' ');
  Copy copy;
  if (words.size() != 5 || !absl::SimpleAtoi(words[0], &copy.writes) ||
      !absl::SimpleAtoi(words[1], &copy.head.last.sequence)) {
    return std::nullopt;
  }
  const std::optional<Hash> chain = HashOf(words[2]);
  if (!chain) return std::nullopt;
  copy.head.last.chain = *chain;
  copy.head.closed = words[3] == kClosed;
  // There is one way to write it.
  if (CopyOf(copy.head, copy.writes) != text) return std::nullopt;
  return copy;
}

struct Parsed {
  HeadCopies copies;
  uint64_t writes = 0;
};

Parsed Parse(absl::string_view text) {
  Parsed parsed;
  // A crash at the very begin leaves a file without bytes, or with bytes that were never written.
  if (absl::c_all_of(text, [](char byte) { return byte == '\0'; })) return parsed;
  std::array<std::optional<Copy>, 2> found;
  for (size_t i = 0; i < found.size() && text.size() == kFileBytes; ++i) {
    found.at(i) = ParseCopy(text.substr(i * kCopyBytes, kCopyBytes));
    // One that stands in the other's place was copied there.
    if (found.at(i) && found.at(i)->writes % 2 != i) found.at(i).reset();
  }
  parsed.copies.damaged = !found[0] || !found[1];
  for (const std::optional<Copy>& copy : found) {
    if (!copy || copy->writes < parsed.writes) continue;
    parsed.writes = copy->writes;
    parsed.copies.head = copy->head;
  }
  return parsed;
}

absl::StatusOr<std::string> ReadCopies(int fd, const std::string& path) {
  std::string text(kFileBytes + 1, '\0');
  const ssize_t bytes = pread(fd, text.data(), text.size(), 0);
  if (bytes < 0) return FileError(path);
  text.resize(static_cast<size_t>(bytes));
  return text;
}

}  // namespace

std::string HeadFileOf(const std::string& directory) {
  absl::string_view name = directory;
  while (name.size() > 1 && absl::ConsumeSuffix(&name, "/")) {
  }
  return absl::StrCat(name, ".head");
}

absl::StatusOr<HeadFile> HeadFile::Open(const std::string& directory) {
  const std::string path = HeadFileOf(directory);
  const int fd = open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, S_IRUSR | S_IWUSR);
  if (fd < 0) return FileError(path);
  HeadFile file(path, fd);
  // Of the open file, so that it goes with the process, however that ends.
  struct flock lock = {};
  lock.l_type = F_WRLCK;
  lock.l_whence = SEEK_SET;
  if (fcntl(fd, F_OFD_SETLK, &lock) != 0) {
    return absl::UnavailableError(absl::StrCat(path, ": another process writes this audit log"));
  }
  if (absl::Status synced = migration::SyncDirectoryOf(path); !synced.ok()) return synced;
  return file;
}

HeadFile::HeadFile(HeadFile&& from) noexcept
    : path_(from.path_), fd_(std::exchange(from.fd_, -1)), writes_(from.writes_) {}

HeadFile::~HeadFile() {
  if (fd_ >= 0) close(fd_);
}

absl::StatusOr<HeadCopies> HeadFile::Read() {
  const absl::StatusOr<std::string> text = ReadCopies(fd_, path_);
  if (!text.ok()) return text.status();
  const Parsed parsed = Parse(*text);
  writes_ = parsed.writes;
  return parsed.copies;
}

absl::Status HeadFile::Write(const Head& head) {
  const uint64_t writes = writes_ + 1;
  const std::string copy = CopyOf(head, writes);
  const auto place = static_cast<off_t>(writes % 2 * kCopyBytes);
  if (pwrite(fd_, copy.data(), copy.size(), place) != static_cast<ssize_t>(copy.size()) || fdatasync(fd_) != 0) {
    return FileError(path_);
  }
  writes_ = writes;
  return absl::OkStatus();
}

absl::StatusOr<HeadSeen> LookAtHead(const std::string& directory) {
  const std::string path = HeadFileOf(directory);
  const int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return FileError(path);
  struct flock lock = {};
  lock.l_type = F_RDLCK;
  lock.l_whence = SEEK_SET;
  // Asks only: whoever takes the lock for a moment could keep a process from starting.
  const bool asked = fcntl(fd, F_OFD_GETLK, &lock) == 0;
  // A copy that is being written may be read in part; it is whole a moment later.
  constexpr int kAttempts = 5;
  absl::StatusOr<std::string> text = ReadCopies(fd, path);
  for (int i = 1; i < kAttempts && text.ok() && Parse(*text).copies.damaged; ++i) text = ReadCopies(fd, path);
  close(fd);
  if (!text.ok()) return text.status();
  return HeadSeen{.copies = Parse(*text).copies, .in_use = asked && lock.l_type != F_UNLCK};
}

}  // namespace mcmig::audit
