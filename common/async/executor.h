#ifndef COMMON_ASYNC_EXECUTOR_H_
#define COMMON_ASYNC_EXECUTOR_H_

#include <coroutine>
#include <cstddef>
#include <cstdint>

#include "absl/functional/any_invocable.h"
#include "absl/time/time.h"
#include "common/async/task.h"

namespace mcmig::async {

// A coroutine that waits for another thread. Lives in the waiting coroutine's frame; that thread gives it back with
// Executor::Resume. Chains through `next`, so that a batch comes back with one wake-up.
struct Parked {
  std::coroutine_handle<> waiter;
  Parked* next = nullptr;
};

// A point in time that a coroutine waits for. Lives in the waiting coroutine's frame.
class Timer {
 public:
  Timer() = default;
  Timer(const Timer&) = delete;
  Timer& operator=(const Timer&) = delete;
  // Executor's thread, exactly once per StartTimer: `reached` is false when the timer was cut short.
  virtual void Fire(bool reached) = 0;

 protected:
  ~Timer() = default;

 private:
  friend class TimerQueue;
  static constexpr size_t kNotQueued = SIZE_MAX;
  absl::Time at_;
  uint64_t order_ = 0;
  size_t slot_ = kNotQueued;
};

// The one thread that runs a set of coroutines, one at a time, each until its next await.
//
// What coroutines need of the world around them, and nothing of gRPC: the product's implementation is rpc::Loop on a
// completion queue, the simulated one is ManualExecutor. Functions say from which thread they may be called.
class Executor {
 public:
  virtual ~Executor() = default;

  // Starts `task` and owns it until it ends. Executor's thread, or before the executor runs.
  virtual void Spawn(Task<> task) = 0;
  // Resumes a chain of parked coroutines, in order, on the executor's thread. Any thread.
  virtual void Resume(Parked* chain) = 0;
  // Runs `work` on the executor's thread. Any thread. Allocates: for control, not for every call.
  virtual void Post(absl::AnyInvocable<void()> work) = 0;
  // Calls timer->Fire(true) when `at` is reached, Fire(false) earlier when cut short. Executor's thread.
  virtual void StartTimer(Timer* timer, absl::Time at) = 0;
  // Fires a started timer with false, soon and never inside this call. No effect on one that has fired. Executor's
  // thread.
  virtual void CutShort(Timer* timer) = 0;
};

}  // namespace mcmig::async

#endif  // COMMON_ASYNC_EXECUTOR_H_
