#ifndef SERVICES_MCMIG_LOAD_SCHEDULE_H_
#define SERVICES_MCMIG_LOAD_SCHEDULE_H_

#include <cstdint>

#include "absl/time/time.h"

namespace mcmig::load {

// Which requests a load has, and when each is meant to be sent.
struct Plan {
  // Requests a second at fixed intervals, whether earlier ones were answered or not (open loop); 0: as soon as an
  // earlier one was answered (closed loop).
  double rate = 0;
  // Calls at once: as many as there are in a closed loop, at most as many in an open one. At least 1.
  int in_flight = 1;
  // What comes first ends the load. At least one of them is bounded.
  absl::Duration duration = absl::InfiniteDuration();
  uint64_t requests = UINT64_MAX;
  // Longest time for one answer.
  absl::Duration timeout = absl::Seconds(10);
};

// The requests of a plan, in order. Knows no clock: times are given. A time is read off any clock that does not jump.
//
// In an open loop, a request that finds all of in_flight taken waits for its turn and keeps the time it was meant for,
// so that a slow server cannot hide behind the requests that it kept from being sent (coordinated omission). It is
// counted as delayed, and as unsent where its turn never came. Not thread-safe.
class Schedule {
 public:
  Schedule(const Plan& plan, absl::Time start)
      : plan_(plan), start_(start), end_(start + plan.duration), requests_(plan.requests) {}

  // When the next request is meant to be sent: in the past where it is late, `now` in a closed loop. InfiniteFuture
  // where there is none any more.
  [[nodiscard]] absl::Time Next(absl::Time now) const;
  // The next request is sent now; `delayed`: nothing could be sent when it was due.
  void Send(bool delayed);
  // No more requests than were due at `now`.
  void Stop(absl::Time now);

  [[nodiscard]] uint64_t sent() const { return sent_; }
  [[nodiscard]] uint64_t delayed() const { return delayed_; }
  // Due at `now`, or before the end where that is earlier, and not sent. Always 0 in a closed loop.
  [[nodiscard]] uint64_t Unsent(absl::Time now) const;

 private:
  [[nodiscard]] absl::Time DueAt(uint64_t number) const;

  const Plan plan_;
  const absl::Time start_;
  absl::Time end_;
  const uint64_t requests_;
  uint64_t sent_ = 0;
  uint64_t delayed_ = 0;
};

}  // namespace mcmig::load

#endif  // SERVICES_MCMIG_LOAD_SCHEDULE_H_
