#include "common/bulkhead/circuit_breaker.h"

#include <algorithm>

namespace mcmig::bulkhead {

std::optional<CircuitBreaker::Passage> CircuitBreaker::Enter(absl::Time now) {
  if (!open_) return Passage{.opened = opened_, .probe = false};
  if (probing_ || now < until_) return std::nullopt;
  probing_ = true;
  return Passage{.opened = opened_, .probe = true};
}

void CircuitBreaker::Leave(const Passage& passage, Result result, absl::Time now) {
  if (passage.opened != opened_) return;
  if (passage.probe) {
    probing_ = false;
    if (result == Result::kAnswered) {
      Reset();
    } else if (result == Result::kFailed) {
      Open(now);
    }
    return;  // kNeither: the next call is the probe
  }
  if (open_) return;
  if (result == Result::kAnswered) failures_ = 0;
  if (result == Result::kFailed && ++failures_ >= limits_.failures) Open(now);
}

void CircuitBreaker::Reset() {
  open_ = false;
  probing_ = false;
  failures_ = 0;
  pause_ = limits_.first_pause;
  ++opened_;
}

void CircuitBreaker::Open(absl::Time now) {
  open_ = true;
  failures_ = 0;
  ++opened_;
  until_ = now + pause_;
  pause_ = std::min(pause_ * 2, limits_.longest_pause);
}

}  // namespace mcmig::bulkhead
