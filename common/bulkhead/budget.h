#ifndef COMMON_BULKHEAD_BUDGET_H_
#define COMMON_BULKHEAD_BUDGET_H_

#include <cstddef>
#include <optional>

#include "absl/time/time.h"

namespace mcmig::bulkhead {

struct BudgetLimits {
  // Calls at work at once.
  size_t max_in_flight = 256;
  // Calls that begin in a second, on average; up to a second's worth at once. 0: any number.
  double per_second = 0;
};

// How many calls may be at work at once, and how many may begin in a second (a token bucket). One thread.
class Budget {
 public:
  explicit Budget(const BudgetLimits& limits) : limits_(limits), tokens_(limits.per_second) {}

  // Nothing: the call may begin, and Leave follows once it has ended. Else in how long to try again. `now` does not
  // count where it is before that of an earlier call.
  std::optional<absl::Duration> Enter(absl::Time now);
  void Leave() { --in_flight_; }
  [[nodiscard]] size_t in_flight() const { return in_flight_; }

 private:
  BudgetLimits limits_;
  size_t in_flight_ = 0;
  double tokens_;
  absl::Time filled_ = absl::InfinitePast();
};

// How much of this process one other MC system can take.
struct Room {
  Budget ordinary;
  // Beyond it: for migrations of priority users.
  Budget emergency;
};

}  // namespace mcmig::bulkhead

#endif  // COMMON_BULKHEAD_BUDGET_H_
