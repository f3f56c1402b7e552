#include "services/partner_server/comparison_fence.h"

namespace mcmig::partner_server {

uint64_t ComparisonFence::Comparisons(const identity::SystemName& primary) const {
  const async::MutexLock lock(mutex_);
  const auto state = states_.find(primary);
  return state == states_.end() ? 0 : state->second.comparisons;
}

std::optional<ComparisonFence::Installing> ComparisonFence::Begin(const identity::SystemName& primary, uint64_t asked) {
  const async::MutexLock lock(mutex_);
  State& state = states_[primary];
  if (state.comparisons != asked) return std::nullopt;
  ++state.installing;
  return Installing(*this, primary, asked);
}

void ComparisonFence::Raise(const identity::SystemName& primary) {
  const async::MutexLock lock(mutex_);
  State& state = states_[primary];
  ++state.comparisons;
  state.of_before += state.installing;
  state.installing = 0;
}

bool ComparisonFence::Settled(const identity::SystemName& primary) const {
  const async::MutexLock lock(mutex_);
  const auto state = states_.find(primary);
  return state == states_.end() || state->second.of_before == 0;
}

void ComparisonFence::End(const identity::SystemName& primary, uint64_t asked) {
  const async::MutexLock lock(mutex_);
  State& state = states_[primary];
  --(state.comparisons == asked ? state.installing : state.of_before);
}

}  // namespace mcmig::partner_server
