#ifndef TESTS_SIMULATION_EVENTS_H_
#define TESTS_SIMULATION_EVENTS_H_

#include <cstdint>
#include <map>
#include <utility>

#include "absl/functional/any_invocable.h"
#include "absl/time/time.h"

namespace mcmig::simulation {

// The true time of a simulated world, which no process knows, and what is to happen in it. One thread.
class Events {
 public:
  static absl::Time Start() { return absl::FromUnixSeconds(1'700'000'000); }

  [[nodiscard]] absl::Time now() const { return now_; }
  // Not before now. Those of one time happen in the order in which they were added.
  void At(absl::Time at, absl::AnyInvocable<void()> event) {
    queue_.emplace(std::pair(at < now_ ? now_ : at, added_++), std::move(event));
  }
  void After(absl::Duration delay, absl::AnyInvocable<void()> event) { At(now_ + delay, std::move(event)); }
  // InfiniteFuture where nothing is to happen.
  [[nodiscard]] absl::Time next() const {
    return queue_.empty() ? absl::InfiniteFuture() : queue_.begin()->first.first;
  }
  // Lets the next event happen, in its time. There is one.
  void HappenNext() {
    auto first = queue_.extract(queue_.begin());
    now_ = first.key().first;
    first.mapped()();
  }
  // At most up to next().
  void AdvanceTo(absl::Time time) { now_ = time < now_ ? now_ : time; }

 private:
  absl::Time now_ = Start();
  uint64_t added_ = 0;
  std::map<std::pair<absl::Time, uint64_t>, absl::AnyInvocable<void()>> queue_;
};

}  // namespace mcmig::simulation

#endif  // TESTS_SIMULATION_EVENTS_H_
