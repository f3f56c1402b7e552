#ifndef COMMON_OPS_RECORDED_DECISIONS_H_
#define COMMON_OPS_RECORDED_DECISIONS_H_

#include <vector>

#include "common/async/mutex.h"
#include "common/ops/decision_log.h"

namespace mcmig::ops {

// The decision log of tests and simulation: a list, in order of recording. Thread-safe.
class RecordedDecisions final : public DecisionLog {
 public:
  void Record(const DecisionEntry& entry) override {
    const async::MutexLock lock(mutex_);
    entries_.push_back(entry);
  }
  [[nodiscard]] std::vector<DecisionEntry> entries() const {
    const async::MutexLock lock(mutex_);
    return entries_;
  }

 private:
  mutable async::Mutex mutex_;
  std::vector<DecisionEntry> entries_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace mcmig::ops

#endif  // COMMON_OPS_RECORDED_DECISIONS_H_
