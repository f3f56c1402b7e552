#ifndef COMMON_AUDIT_TRAIL_H_
#define COMMON_AUDIT_TRAIL_H_

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "common/async/cancel.h"
#include "common/async/executor.h"
#include "common/async/task.h"
#include "common/audit/attempts.h"
#include "common/audit/log.h"
#include "common/ops/metrics.h"
#include "common/register/group_commit.h"

namespace mcmig::audit {

// Members with the time, which comes first in every record.
std::string Timed(absl::Time now, absl::string_view members);

// The audit log as calls see it: a record is durable when its awaiting ends, and many share one sync, by a thread of
// its own. What could not be recorded is an error to whoever asked, counted, and its number is the first record written
// afterwards. Thread-safe.
class Trail {
 public:
  // Beside those being written; more than calls are at work at once.
  static constexpr size_t kMaxWaiting = 16'384;
  // How often attempts that were counted are recorded.
  static constexpr absl::Duration kInterval = absl::Seconds(1);

  // Opens or makes the log in `directory`, as Log::Open, and records the start of `process`, e.g. "primary_server".
  // `metrics` (may be null) outlives it. At most `max_waiting` records wait.
  static absl::StatusOr<std::unique_ptr<Trail>> Open(const std::string& directory, uint64_t max_segment_bytes,
                                                     const std::string& process, ops::Metrics* metrics,
                                                     size_t max_waiting = kMaxWaiting);
  // Records what still waits, and the stop. Nobody records any more.
  ~Trail();
  Trail(const Trail&) = delete;
  Trail& operator=(const Trail&) = delete;

  // OK: the record of these members is durable. UNAVAILABLE where it is not and will not be: full queue, full or broken
  // disk; the text is fixed. On the executor's thread.
  async::Task<absl::Status> Record(async::Executor& executor, std::string members);
  // The same for what is done already, and nobody waits for: that it could not be recorded is counted as ever. Does
  // nothing where `trail` is null.
  static async::Task<> RecordDone(Trail* trail, async::Executor& executor, std::string members);
  // Whether the last attempt to write failed: whoever acts before recording better records first.
  [[nodiscard]] bool failing() const { return failing_.load(std::memory_order_relaxed); }

  // "primary_server", ...
  [[nodiscard]] const std::string& process() const { return process_; }
  [[nodiscard]] Attempts& attempts() { return *attempts_; }
  // For whoever may still count some when this has gone; those are recorded nowhere.
  [[nodiscard]] std::shared_ptr<Attempts> shared_attempts() const { return attempts_; }
  // Records counted attempts every kInterval, until `stop`.
  async::Task<> RecordAttempts(async::Executor& executor, async::CancelSignal& stop);

 private:
  using Commits = migration::GroupCommit<std::string, uint64_t>;

  Trail(std::unique_ptr<Log> log, std::string process, ops::Metrics* metrics, size_t max_waiting);
  // Writer's thread, or no other is left.
  std::vector<absl::StatusOr<uint64_t>> Write(std::vector<std::string> members);

  const std::unique_ptr<Log> log_;
  const std::string process_;
  const std::shared_ptr<Attempts> attempts_ = std::make_shared<Attempts>();
  std::atomic<bool> failing_ = false;
  // Records that could not be written since the last one that could.
  std::atomic<uint64_t> lost_ = 0;
  std::unique_ptr<Commits> commits_;  // last: its thread uses all the others
};

}  // namespace mcmig::audit

#endif  // COMMON_AUDIT_TRAIL_H_
