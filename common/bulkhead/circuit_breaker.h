#ifndef COMMON_BULKHEAD_CIRCUIT_BREAKER_H_
#define COMMON_BULKHEAD_CIRCUIT_BREAKER_H_

#include <cstdint>
#include <optional>

#include "absl/time/time.h"

namespace mcmig::bulkhead {

struct BreakerLimits {
  // Failures in a row that open it.
  int failures = 10;
  // How long nothing is sent after it has opened; twice as long after each probe that failed, up to the longest.
  absl::Duration first_pause = absl::Seconds(1);
  absl::Duration longest_pause = absl::Seconds(30);
};

// Whether calls to one server are worth their time. Closed: all go out. Open, once so many in a row have failed: none,
// so that nobody waits for what does not answer. After a pause a single call is the probe; only its success, or an
// operator, closes it again. One thread.
class CircuitBreaker {
 public:
  enum class Result {
    kAnswered,  // whatever the answer says
    kFailed,
    kNeither,  // the caller went away first, or had too little time: says nothing of the server
  };
  // One call that went out.
  struct Passage {
    uint64_t opened = 0;  // how often it had opened by then: what began before says nothing of what is now
    bool probe = false;
  };

  explicit CircuitBreaker(const BreakerLimits& limits) : limits_(limits), pause_(limits.first_pause) {}

  // Nothing: the call does not go out. Else Leave follows.
  std::optional<Passage> Enter(absl::Time now);
  void Leave(const Passage& passage, Result result, absl::Time now);
  // Closes it; by an operator.
  void Reset();
  [[nodiscard]] bool open() const { return open_; }

 private:
  void Open(absl::Time now);

  const BreakerLimits limits_;
  int failures_ = 0;  // in a row
  bool open_ = false;
  bool probing_ = false;
  uint64_t opened_ = 0;
  absl::Duration pause_;  // the next one
  absl::Time until_ = absl::InfinitePast();
};

}  // namespace mcmig::bulkhead

#endif  // COMMON_BULKHEAD_CIRCUIT_BREAKER_H_
