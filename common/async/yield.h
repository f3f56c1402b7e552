#ifndef COMMON_ASYNC_YIELD_H_
#define COMMON_ASYNC_YIELD_H_

#include <coroutine>

#include "common/async/executor.h"

namespace mcmig::async {

// Lets whatever else waits on the executor run first: `co_await Yield(executor);` within work that would hold up
// others. The executor's thread.
class [[nodiscard]] Yield final {
 public:
  explicit Yield(Executor& executor) : executor_(executor) {}

  [[nodiscard]] bool await_ready() const noexcept { return false; }
  void await_suspend(std::coroutine_handle<> waiter) {
    parked_.waiter = waiter;
    executor_.Resume(&parked_);
  }
  void await_resume() const noexcept {}

 private:
  Executor& executor_;
  Parked parked_;
};

}  // namespace mcmig::async

#endif  // COMMON_ASYNC_YIELD_H_
