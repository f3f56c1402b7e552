#ifndef COMMON_ASYNC_MANUAL_EXECUTOR_H_
#define COMMON_ASYNC_MANUAL_EXECUTOR_H_

#include <deque>
#include <optional>
#include <utility>

#include "absl/functional/any_invocable.h"
#include "absl/time/time.h"
#include "common/async/clock.h"
#include "common/async/executor.h"
#include "common/async/live_tasks.h"
#include "common/async/mutex.h"
#include "common/async/task.h"
#include "common/async/timer_queue.h"

namespace mcmig::async {

// An executor and its clock for tests and simulation: runs only when told to, on the thread that tells it, and time
// passes only in AdvanceTo. The same calls in the same order always run the same way.
//
// Resume, Post and Now from any thread, so that a test can have a real store's writer thread; everything else from the
// one thread that owns the executor. Tasks that have not ended are destroyed with it; other threads must be done with
// them.
class ManualExecutor final : public Executor, public Clock {
 public:
  explicit ManualExecutor(absl::Time start = absl::FromUnixSeconds(1'700'000'000)) : now_(start) {}
  ~ManualExecutor() override = default;

  void Spawn(Task<> task) override;
  void Resume(Parked* chain) override;
  void Post(absl::AnyInvocable<void()> work) override;
  void StartTimer(Timer* timer, absl::Time at) override;
  void CutShort(Timer* timer) override;
  [[nodiscard]] absl::Time Now() const override;

  // Runs all that can run without time passing: what was resumed and posted, and timers that are due. In order of
  // arrival.
  void RunUntilIdle();
  // Lets time pass up to `time`, stopping at each timer on the way. Time never goes back.
  void AdvanceTo(absl::Time time);
  void AdvanceBy(absl::Duration duration) { AdvanceTo(Now() + duration); }
  // When the next timer is due; InfiniteFuture where none is started.
  [[nodiscard]] absl::Time NextTimer() const { return timers_.next(); }

  // Waits, in real time, until another thread has resumed or posted something; false where none did in `timeout`.
  bool WaitForWork(absl::Duration timeout);
  // Runs `task` to its end, waiting for other threads but with virtual time standing still. Empty where it did not end
  // within `timeout` of real time.
  template <class T>
  std::optional<T> Run(Task<T> task, absl::Duration timeout = absl::Seconds(30)) {
    std::optional<T> result;
    Spawn(Keep(std::move(task), &result));
    RunUntilIdle();
    while (!result && WaitForWork(timeout)) RunUntilIdle();
    return result;
  }

  // Tasks spawned that have not ended.
  [[nodiscard]] size_t live() const { return tasks_.count(); }

 private:
  template <class T>
  static Task<> Keep(Task<T> task, std::optional<T>* result) {
    T value = co_await task;
    result->emplace(std::move(value));
  }
  // Runs what is in the inbox; false where that was nothing.
  bool RunInbox();

  mutable Mutex mutex_;
  Condition arrived_;
  // Posted work, and resumed coroutines as work, in order of arrival.
  std::deque<absl::AnyInvocable<void()>> inbox_ ABSL_GUARDED_BY(mutex_);
  absl::Time now_ ABSL_GUARDED_BY(mutex_);

  TimerQueue timers_;
  LiveTasks tasks_;
};

}  // namespace mcmig::async

#endif  // COMMON_ASYNC_MANUAL_EXECUTOR_H_
