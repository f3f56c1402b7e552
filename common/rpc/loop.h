#ifndef COMMON_RPC_LOOP_H_
#define COMMON_RPC_LOOP_H_

#include <grpcpp/alarm.h>
#include <grpcpp/grpcpp.h>

#include <memory>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/functional/any_invocable.h"
#include "absl/time/time.h"
#include "common/async/executor.h"
#include "common/async/live_tasks.h"
#include "common/async/mutex.h"
#include "common/async/timer_queue.h"
#include "common/rpc/event.h"

namespace mcmig::rpc {

// The product's executor: one completion queue, for calls that come in on any listener of the process and calls that go
// out, and the one thread that runs every coroutine waiting on it. A second thread on a queue in the same process would
// cost each call a change of threads (docs/adr/0004).
//
// Timers are reached up to about a millisecond late. Wake-ups from other threads cost one gRPC alarm however many
// coroutines they bring. Functions without a word on threads: the loop's thread, or before Run.
class Loop final : public async::Executor {
 public:
  Loop();
  ~Loop() override;
  Loop(const Loop&) = delete;
  Loop& operator=(const Loop&) = delete;

  // Where operations are started; their tags are Event::tag().
  [[nodiscard]] grpc::ServerCompletionQueue* queue() { return queue_.get(); }

  void Spawn(async::Task<> task) override { tasks_.Start(std::move(task)); }
  void Resume(async::Parked* chain) override ABSL_LOCKS_EXCLUDED(mutex_);
  void Post(absl::AnyInvocable<void()> work) override ABSL_LOCKS_EXCLUDED(mutex_);
  void StartTimer(async::Timer* timer, absl::Time at) override { timers_.Start(timer, at); }
  void CutShort(async::Timer* timer) override { timers_.CutShort(timer); }
  // As if the timer had never been started.
  void StopTimer(async::Timer* timer) { timers_.Remove(timer); }

  // Becomes the loop's thread until Stop was called and every spawned task has ended; then empties the queue. The
  // servers on the queue have been shut down by then. Once.
  void Run();
  // Any thread: no new tasks are wanted, Run returns when the present ones have ended.
  void Stop();
  // Any thread: cuts every timer short, now and from now on.
  void CutTimers();

 private:
  struct WakeUp final : Event {
    explicit WakeUp(Loop& owner) : loop(owner) {}
    void Complete(bool /*ok*/) override { loop.RunInbox(); }
    Loop& loop;
  };
  void Arm() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void RunInbox() ABSL_LOCKS_EXCLUDED(mutex_);

  const std::unique_ptr<grpc::ServerCompletionQueue> queue_;
  async::TimerQueue timers_;
  async::LiveTasks tasks_;
  bool stopping_ = false;
  WakeUp wake_up_{*this};

  async::Mutex mutex_;
  grpc::Alarm alarm_ ABSL_GUARDED_BY(mutex_);
  bool armed_ ABSL_GUARDED_BY(mutex_) = false;
  bool closed_ ABSL_GUARDED_BY(mutex_) = false;
  async::Parked* first_ ABSL_GUARDED_BY(mutex_) = nullptr;
  async::Parked* last_ ABSL_GUARDED_BY(mutex_) = nullptr;
  std::vector<absl::AnyInvocable<void()>> work_ ABSL_GUARDED_BY(mutex_);
};

// A loop and its thread, from making to destruction, which waits for every spawned task.
class LoopThread {
 public:
  LoopThread() : thread_([this] { loop_.Run(); }) {}
  LoopThread(const LoopThread&) = delete;
  LoopThread& operator=(const LoopThread&) = delete;
  ~LoopThread() {
    loop_.Stop();
    thread_.join();
  }
  [[nodiscard]] Loop& loop() { return loop_; }

 private:
  Loop loop_;
  std::thread thread_;
};

}  // namespace mcmig::rpc

#endif  // COMMON_RPC_LOOP_H_
