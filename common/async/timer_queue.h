#ifndef COMMON_ASYNC_TIMER_QUEUE_H_
#define COMMON_ASYNC_TIMER_QUEUE_H_

#include <cstddef>
#include <cstdint>
#include <vector>

#include "absl/time/time.h"
#include "common/async/executor.h"

namespace mcmig::async {

// The started timers of one executor, earliest first and in order of start where equal; a heap that knows each timer's
// place. For implementations of Executor. One thread.
class TimerQueue {
 public:
  // `timer` is not queued.
  void Start(Timer* timer, absl::Time at);
  // Makes a queued timer due at once, as cut short. No effect on one that is not queued.
  void CutShort(Timer* timer);
  // Takes a queued timer out; it never fires. No effect on one that is not queued.
  void Remove(Timer* timer);
  // Cuts every queued timer short, and from now on each at its start.
  void CutAll();

  // When FireDue next has something to fire: InfinitePast where a timer was cut short, InfiniteFuture where none is
  // queued.
  [[nodiscard]] absl::Time next() const;
  // Fires the timers that are cut short or reached at `now`, not those that they start. Returns how many.
  size_t FireDue(absl::Time now);

 private:
  [[nodiscard]] bool Earlier(size_t a, size_t b) const;
  void Swap(size_t a, size_t b);
  void Up(size_t slot);
  void Down(size_t slot);

  std::vector<Timer*> heap_;
  uint64_t started_ = 0;
  bool cut_all_ = false;
};

}  // namespace mcmig::async

#endif  // COMMON_ASYNC_TIMER_QUEUE_H_
