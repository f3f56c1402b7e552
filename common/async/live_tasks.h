#ifndef COMMON_ASYNC_LIVE_TASKS_H_
#define COMMON_ASYNC_LIVE_TASKS_H_

#include <coroutine>
#include <cstddef>
#include <exception>
#include <utility>

#include "common/async/task.h"

namespace mcmig::async {

// The tasks that an executor has spawned and that have not ended. For implementations of Executor. One thread.
//
// An exception that leaves a spawned task ends the process: nobody is left to tell. Tasks that have not ended are
// destroyed with this object, in no particular order; whatever still points into their frames must be gone by then.
class LiveTasks {
 public:
  LiveTasks() = default;
  LiveTasks(const LiveTasks&) = delete;
  LiveTasks& operator=(const LiveTasks&) = delete;
  ~LiveTasks() { DestroyAll(); }

  // Runs `task` up to its first wait.
  void Start(Task<> task) { Run(*this, std::move(task)); }
  [[nodiscard]] size_t count() const { return count_; }
  void DestroyAll() {
    while (first_ != nullptr) std::coroutine_handle<Owner::promise_type>::from_promise(*first_).destroy();
  }

 private:
  // A coroutine that runs one task and frees itself; a member of the list as long as it lives.
  struct Owner {
    struct promise_type {
      promise_type(LiveTasks& owner, const Task<>& /*task*/) : live(owner), next(owner.first_) {
        if (next != nullptr) next->previous = this;
        live.first_ = this;
        ++live.count_;
      }
      ~promise_type() {
        (previous != nullptr ? previous->next : live.first_) = next;
        if (next != nullptr) next->previous = previous;
        --live.count_;
      }
      promise_type(const promise_type&) = delete;
      promise_type& operator=(const promise_type&) = delete;
      Owner get_return_object() noexcept { return {}; }
      std::suspend_never initial_suspend() noexcept { return {}; }
      std::suspend_never final_suspend() noexcept { return {}; }
      void return_void() noexcept {}
      [[noreturn]] void unhandled_exception() noexcept { std::terminate(); }

      LiveTasks& live;
      promise_type* previous = nullptr;
      promise_type* next;
    };
  };
  static Owner Run(LiveTasks& /*live*/, Task<> task) { co_await task; }

  Owner::promise_type* first_ = nullptr;
  size_t count_ = 0;
};

}  // namespace mcmig::async

#endif  // COMMON_ASYNC_LIVE_TASKS_H_
