#include "common/ops/decision_metrics.h"

#include <string>

#include "common/protocol/cause.h"

namespace mcmig::ops {
namespace {

constexpr Family kDecisions = {
    "mcmig_decisions_total",
    "Calls about a migration that have ended, by role, outcome (success, refused, error), cause and the rule that "
    "decided."};
constexpr absl::string_view kOther = "other";

}  // namespace

void DecisionMetrics::Record(const DecisionEntry& entry) {
  const bool decided = entry.status.ok();
  const absl::string_view cause = decided ? protocol::InfoOf(entry.decision.cause).name : "";
  const absl::string_view rule = entry.decision.rule;
  {
    const async::MutexLock lock(mutex_);
    CounterOf({entry.role, cause, rule}, OutcomeOf(entry)).Add();
  }
  next_.Record(entry);
}

Counter DecisionMetrics::CounterOf(Key key, absl::string_view outcome) {
  if (const auto known = counters_.find(key); known != counters_.end()) return known->second;
  auto& [role, cause, rule] = key;
  if (counters_.size() >= kMaxSeries) {
    rule = kOther;
    if (const auto known = counters_.find(key); known != counters_.end()) return known->second;
  }
  const Counter counter = metrics_.AddCounter(kDecisions, {{"role", std::string(role)},
                                                           {"outcome", std::string(outcome)},
                                                           {"cause", std::string(cause)},
                                                           {"rule", std::string(rule)}});
  counters_.emplace(key, counter);
  return counter;
}

}  // namespace mcmig::ops
