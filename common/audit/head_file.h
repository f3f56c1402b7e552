#ifndef COMMON_AUDIT_HEAD_FILE_H_
#define COMMON_AUDIT_HEAD_FILE_H_

#include <cstdint>
#include <optional>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "common/audit/chain.h"

namespace mcmig::audit {

// What the head file says: the last record that is durable, without which a log from which the last records were taken
// away would verify.
struct Head {
  Position last;
  // Whether the log was closed after it, so that nothing may follow.
  bool closed = false;
  friend bool operator==(const Head&, const Head&) = default;
};

// "<directory>.head": beside the directory of the log, not in it.
std::string HeadFileOf(const std::string& directory);

// Both copies of the head, as they were read.
struct HeadCopies {
  // The later of those that are whole; none where neither is.
  std::optional<Head> head;
  // A copy is not what was written. A write that a power failure cut off leaves that of one copy; a change, too.
  bool damaged = false;
};

// The head file of a log that this process writes, and nobody else: it is locked as long as this object lives, or its
// process.
//
// Two copies of one line each, 4 KiB apart, are written in turn and synced, so that one of them is always whole. One
// thread.
class HeadFile {
 public:
  // Opens or makes it. UNAVAILABLE where that fails or another process has it.
  static absl::StatusOr<HeadFile> Open(const std::string& directory);
  HeadFile(HeadFile&& from) noexcept;
  HeadFile& operator=(HeadFile&&) = delete;
  HeadFile(const HeadFile&) = delete;
  HeadFile& operator=(const HeadFile&) = delete;
  ~HeadFile();

  // Empty head, not damaged, where nothing was ever written.
  [[nodiscard]] absl::StatusOr<HeadCopies> Read();
  // Durable when OK. After Read. UNAVAILABLE.
  absl::Status Write(const Head& head);

 private:
  HeadFile(std::string path, int fd) : path_(std::move(path)), fd_(fd) {}

  const std::string path_;
  int fd_;
  // Of the last write; its last bit is the place.
  uint64_t writes_ = 0;
};

// For whoever only looks: the copies, and whether a process has the log open. NOT_FOUND, UNAVAILABLE.
struct HeadSeen {
  HeadCopies copies;
  bool in_use = false;
};
absl::StatusOr<HeadSeen> LookAtHead(const std::string& directory);

}  // namespace mcmig::audit

#endif  // COMMON_AUDIT_HEAD_FILE_H_
