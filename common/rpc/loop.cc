#include "common/rpc/loop.h"

#include <utility>

#include "absl/time/clock.h"
#include "common/rpc/shared_queue.h"

namespace mcmig::rpc {

Loop::Loop() : queue_(MakeSharedQueue()) {}

Loop::~Loop() = default;

void Loop::Run() {
  void* tag = nullptr;
  bool ok = false;
  while (!stopping_ || tasks_.count() > 0) {
    const absl::Time next = timers_.next();
    const auto status =
        queue_->AsyncNext(&tag, &ok,
                          next == absl::InfiniteFuture() ? gpr_inf_future(GPR_CLOCK_REALTIME)
                                                         : grpc::TimePoint(absl::ToChronoTime(next)).raw_time());
    if (status == grpc::CompletionQueue::GOT_EVENT) static_cast<Event*>(tag)->Complete(ok);
    if (timers_.next() != absl::InfiniteFuture()) timers_.FireDue(absl::Now());
  }
  {
    const async::MutexLock lock(mutex_);
    closed_ = true;
  }
  queue_->Shutdown();
  while (queue_->Next(&tag, &ok)) static_cast<Event*>(tag)->Complete(ok);
}

void Loop::Arm() {
  if (std::exchange(armed_, true)) return;
  alarm_.Set(queue_.get(), gpr_time_0(GPR_CLOCK_MONOTONIC), wake_up_.tag());
}

void Loop::Resume(async::Parked* chain) {
  async::Parked* last = chain;
  while (last->next != nullptr) last = last->next;
  const async::MutexLock lock(mutex_);
  (first_ != nullptr ? last_->next : first_) = chain;
  last_ = last;
  Arm();
}

void Loop::Post(absl::AnyInvocable<void()> work) {
  const async::MutexLock lock(mutex_);
  if (closed_) return;
  work_.push_back(std::move(work));
  Arm();
}

void Loop::Stop() {
  Post([this] { stopping_ = true; });
}

void Loop::CutTimers() {
  Post([this] { timers_.CutAll(); });
}

void Loop::RunInbox() {
  async::Parked* parked = nullptr;
  std::vector<absl::AnyInvocable<void()>> work;
  {
    const async::MutexLock lock(mutex_);
    armed_ = false;
    parked = std::exchange(first_, nullptr);
    work.swap(work_);
  }
  while (parked != nullptr) {
    // Once resumed, the coroutine may free its Parked.
    const std::coroutine_handle<> waiter = parked->waiter;
    parked = parked->next;
    waiter.resume();
  }
  for (auto& item : work) item();
}

}  // namespace mcmig::rpc
