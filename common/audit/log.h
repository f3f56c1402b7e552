#ifndef COMMON_AUDIT_LOG_H_
#define COMMON_AUDIT_LOG_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/audit/chain.h"
#include "common/audit/head_file.h"
#include "common/audit/recovery.h"

namespace mcmig::audit {

// The audit log of one process, open for appending: hash-chained records in segments of a directory of its own, and the
// head beside it (chain.h, files.h, head_file.h). docs/audit.md says the same to operators.
//
// Each append is write, sync of the segment, write and sync of the head. So the head is never ahead of the records:
// after a crash there may be records behind it, which nobody was promised, and a last one in part, which is cut.
// Everything else that does not verify is no crash. A segment begins anew where the next record would make it larger
// than `max_segment_bytes`. Blocking; one thread.
class Log {
 public:
  // Opens the log, or makes it (the directory, where its parent exists), and settles what a crash left. DATA_LOSS where
  // anything else is found: the text says what; UNAVAILABLE where files cannot be read or written, or another process
  // has the log.
  static absl::StatusOr<std::unique_ptr<Log>> Open(const std::string& directory, uint64_t max_segment_bytes);
  ~Log();
  Log(const Log&) = delete;
  Log& operator=(const Log&) = delete;

  // Appends records of these members (AppendRecord), in order. The first that many are durable, and nothing of the
  // others is there, unless UNAVAILABLE came from a sync: then nothing more is ever appended, since what is on the disk
  // is not known. After other failures, such as a full disk, the next append tries again.
  struct Appended {
    size_t records = 0;
    absl::Status status;
  };
  Appended Append(const std::vector<std::string>& members);

  // Says that no record follows until it is opened again. Once, last.
  absl::Status Close();

  [[nodiscard]] const Position& last() const { return last_; }
  // What Open settled.
  [[nodiscard]] const Recovered& recovered() const { return recovered_; }

 private:
  // An open segment.
  struct File {
    std::string path;
    int fd = -1;
    uint64_t bytes = 0;
    // Holds no more than the record with which it begins.
    bool fresh = false;
  };

  Log(std::string directory, uint64_t max_segment_bytes, HeadFile head, const Recovered& recovered)
      : directory_(std::move(directory)),
        max_segment_bytes_(max_segment_bytes),
        head_(std::move(head)),
        recovered_(recovered),
        last_(recovered_.last) {}

  absl::Status OpenLastSegment();
  // As many records as the segment has room for, as lines.
  size_t Fill(const std::vector<std::string>& members, size_t from, Position& last, std::string& lines) const;
  absl::Status BeginSegment();
  // Writes, syncs, and writes the head.
  absl::Status Commit(const std::string& lines, const Position& last);

  const std::string directory_;
  const uint64_t max_segment_bytes_;
  HeadFile head_;
  const Recovered recovered_;
  Position last_;
  File file_;
  // Why nothing can be appended any more.
  absl::Status broken_;
};

}  // namespace mcmig::audit

#endif  // COMMON_AUDIT_LOG_H_
