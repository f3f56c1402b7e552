#ifndef COMMON_ASYNC_CLOCK_H_
#define COMMON_ASYNC_CLOCK_H_

#include "absl/time/clock.h"
#include "absl/time/time.h"

namespace mcmig::async {

// The time of day, as a door: handlers ask it, rules are given the answer. Any thread.
class Clock {
 public:
  virtual ~Clock() = default;
  [[nodiscard]] virtual absl::Time Now() const = 0;
};

// The machine's clock.
class SystemClock final : public Clock {
 public:
  [[nodiscard]] absl::Time Now() const override { return absl::Now(); }
};

}  // namespace mcmig::async

#endif  // COMMON_ASYNC_CLOCK_H_
