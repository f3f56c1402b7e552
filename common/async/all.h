#ifndef COMMON_ASYNC_ALL_H_
#define COMMON_ASYNC_ALL_H_

#include <coroutine>
#include <cstddef>
#include <utility>
#include <vector>

#include "common/async/executor.h"
#include "common/async/task.h"

namespace mcmig::async {

// Runs tasks at the same time, on the executor's thread, and waits until the last has ended: `co_await All(executor,
// std::move(tasks));`
class [[nodiscard]] All {
 public:
  All(Executor& executor, std::vector<Task<>> tasks) : executor_(executor), tasks_(std::move(tasks)) {}
  All(const All&) = delete;
  All& operator=(const All&) = delete;

  [[nodiscard]] bool await_ready() const noexcept { return tasks_.empty(); }
  // Does not wait where all have ended already.
  bool await_suspend(std::coroutine_handle<> waiter) {
    // One more, so that none of them resumes the waiter while the others are still being started.
    left_ = tasks_.size() + 1;
    waiter_ = waiter;
    for (Task<>& task : tasks_) executor_.Spawn(Counted(std::move(task), *this));
    return --left_ != 0;
  }
  void await_resume() const noexcept {}

 private:
  static Task<> Counted(Task<> task, All& all) {
    co_await task;
    // The waiter's frame, and this object in it, may be gone after that.
    if (--all.left_ == 0) all.waiter_.resume();
  }

  Executor& executor_;
  std::vector<Task<>> tasks_;
  std::coroutine_handle<> waiter_;
  size_t left_ = 0;
};

}  // namespace mcmig::async

#endif  // COMMON_ASYNC_ALL_H_
