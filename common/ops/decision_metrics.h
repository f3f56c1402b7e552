#ifndef COMMON_OPS_DECISION_METRICS_H_
#define COMMON_OPS_DECISION_METRICS_H_

#include <cstddef>
#include <tuple>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/string_view.h"
#include "common/async/mutex.h"
#include "common/ops/decision_log.h"
#include "common/ops/metrics.h"

namespace mcmig::ops {

// Counts decisions by role, outcome, cause and rule, and passes each on.
class DecisionMetrics final : public DecisionLog {
 public:
  // Rules are literals, so there are few; once there are that many series, a new rule is counted as "other".
  static constexpr size_t kMaxSeries = 500;

  // Both outlive this object.
  DecisionMetrics(Metrics& metrics, DecisionLog& next) : metrics_(metrics), next_(next) {}
  void Record(const DecisionEntry& entry) override ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  // Role, cause ("" for an error) and rule. Views of literals.
  using Key = std::tuple<absl::string_view, absl::string_view, absl::string_view>;
  Counter CounterOf(Key key, absl::string_view outcome) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  Metrics& metrics_;
  DecisionLog& next_;
  async::Mutex mutex_;
  absl::flat_hash_map<Key, Counter> counters_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace mcmig::ops

#endif  // COMMON_OPS_DECISION_METRICS_H_
