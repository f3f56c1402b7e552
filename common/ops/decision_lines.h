#ifndef COMMON_OPS_DECISION_LINES_H_
#define COMMON_OPS_DECISION_LINES_H_

#include <cstddef>
#include <string>
#include <thread>

#include "absl/base/thread_annotations.h"
#include "absl/time/time.h"
#include "common/async/mutex.h"
#include "common/ops/decision_log.h"
#include "common/ops/metrics.h"

namespace mcmig::ops {

// Writes decisions as lines that look like glog's, many with one system call, by a thread of its own: a call waits
// neither for the disk nor for whoever reads the log.
//
// A line is out within kDelay, and all are when this object is gone; a process that is killed loses the lines of that
// time (what happened to a user is in the register, not here). Where the reader does not keep up and kMaxWaitingBytes
// wait, further lines are dropped, counted, and their number is written when there is room.
class DecisionLines final : public DecisionLog {
 public:
  static constexpr absl::Duration kDelay = absl::Milliseconds(20);
  static constexpr size_t kMaxWaitingBytes = 4 << 20;

  // `file` is a descriptor that outlives this object; so does `metrics`, which may be null.
  explicit DecisionLines(int file, Metrics* metrics = nullptr);
  ~DecisionLines() override;
  DecisionLines(const DecisionLines&) = delete;
  DecisionLines& operator=(const DecisionLines&) = delete;

  void Record(const DecisionEntry& entry) override ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  void Write() ABSL_LOCKS_EXCLUDED(mutex_);

  const int file_;
  Counter dropped_total_;
  async::Mutex mutex_;
  async::Condition arrived_;
  std::string waiting_ ABSL_GUARDED_BY(mutex_);
  size_t dropped_ ABSL_GUARDED_BY(mutex_) = 0;
  bool stop_ ABSL_GUARDED_BY(mutex_) = false;
  std::thread writer_;  // last: it uses all the others
};

}  // namespace mcmig::ops

#endif  // COMMON_OPS_DECISION_LINES_H_
