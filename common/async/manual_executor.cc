#include "common/async/manual_executor.h"

#include <algorithm>

namespace mcmig::async {

void ManualExecutor::Spawn(Task<> task) { tasks_.Start(std::move(task)); }

void ManualExecutor::Resume(Parked* chain) {
  const MutexLock lock(mutex_);
  while (chain != nullptr) {
    // Once resumed, a coroutine may free its Parked: only the handle is kept.
    inbox_.emplace_back([waiter = chain->waiter] { waiter.resume(); });
    chain = chain->next;
  }
  arrived_.NotifyOne();
}

void ManualExecutor::Post(absl::AnyInvocable<void()> work) {
  const MutexLock lock(mutex_);
  inbox_.push_back(std::move(work));
  arrived_.NotifyOne();
}

void ManualExecutor::StartTimer(Timer* timer, absl::Time at) { timers_.Start(timer, at); }

void ManualExecutor::CutShort(Timer* timer) { timers_.CutShort(timer); }

absl::Time ManualExecutor::Now() const {
  const MutexLock lock(mutex_);
  return now_;
}

bool ManualExecutor::RunInbox() {
  std::deque<absl::AnyInvocable<void()>> work;
  {
    const MutexLock lock(mutex_);
    work.swap(inbox_);
  }
  for (auto& item : work) item();
  return !work.empty();
}

void ManualExecutor::RunUntilIdle() {
  bool ran = true;
  while (ran) {
    ran = RunInbox();
    ran = timers_.FireDue(Now()) > 0 || ran;
  }
}

void ManualExecutor::AdvanceTo(absl::Time time) {
  RunUntilIdle();
  while (timers_.next() <= time) {
    const absl::Time next = timers_.next();
    {
      const MutexLock lock(mutex_);
      now_ = std::max(now_, next);
    }
    RunUntilIdle();
  }
  const MutexLock lock(mutex_);
  now_ = std::max(now_, time);
}

bool ManualExecutor::WaitForWork(absl::Duration timeout) {
  const absl::Time deadline = absl::Now() + timeout;
  const MutexLock lock(mutex_);
  while (inbox_.empty()) {
    if (!arrived_.WaitUntil(mutex_, deadline)) return !inbox_.empty();
  }
  return true;
}

}  // namespace mcmig::async
