#include "common/bulkhead/budget.h"

#include <algorithm>

namespace mcmig::bulkhead {
namespace {

// About the time in which many calls at work become a good part fewer.
constexpr absl::Duration kWhenFull = absl::Milliseconds(100);

}  // namespace

std::optional<absl::Duration> Budget::Enter(absl::Time now) {
  if (in_flight_ >= limits_.max_in_flight) return kWhenFull;
  if (limits_.per_second > 0) {
    if (now > filled_) {
      tokens_ = std::min(tokens_ + absl::ToDoubleSeconds(now - filled_) * limits_.per_second, limits_.per_second);
      filled_ = now;
    }
    if (tokens_ < 1) return absl::Seconds((1 - tokens_) / limits_.per_second);
    tokens_ -= 1;
  }
  ++in_flight_;
  return std::nullopt;
}

}  // namespace mcmig::bulkhead
