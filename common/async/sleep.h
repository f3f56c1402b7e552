#ifndef COMMON_ASYNC_SLEEP_H_
#define COMMON_ASYNC_SLEEP_H_

#include <coroutine>

#include "absl/time/time.h"
#include "common/async/cancel.h"
#include "common/async/executor.h"

namespace mcmig::async {

// Waits for a point in time: `bool reached = co_await Sleep(executor, at, call.cancel);`
//
// False where the wait ended early, because `cancel` (may be null) was or is cancelled or the executor stops.
class [[nodiscard]] Sleep final : private Timer, private CancelSignal::Listener {
 public:
  Sleep(Executor& executor, absl::Time at, CancelSignal* cancel) : executor_(executor), at_(at), cancel_(cancel) {}

  [[nodiscard]] bool await_ready() const noexcept { return cancel_ != nullptr && cancel_->cancelled(); }
  void await_suspend(std::coroutine_handle<> waiter) {
    waiter_ = waiter;
    executor_.StartTimer(this, at_);
    if (cancel_ != nullptr) Join(*cancel_);
  }
  [[nodiscard]] bool await_resume() const noexcept { return reached_; }

 private:
  void Fire(bool reached) override {
    Leave();
    reached_ = reached;
    waiter_.resume();
  }
  void OnCancel() override { executor_.CutShort(this); }

  Executor& executor_;
  const absl::Time at_;
  CancelSignal* const cancel_;
  std::coroutine_handle<> waiter_;
  bool reached_ = false;
};

}  // namespace mcmig::async

#endif  // COMMON_ASYNC_SLEEP_H_
