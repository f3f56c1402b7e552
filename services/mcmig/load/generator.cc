#include "services/mcmig/load/generator.h"

#include <algorithm>
#include <memory>
#include <thread>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/time/clock.h"
#include "common/async/mutex.h"

namespace mcmig::load {
namespace {

constexpr absl::Duration kProgressEvery = absl::Seconds(1);
// How often an open loop looks whether it has ended, or was stopped, where nothing else wakes it.
constexpr absl::Duration kLook = absl::Milliseconds(50);

// One of the calls at once.
struct Slot {
  std::unique_ptr<Exchange> exchange;
  absl::Time meant_for;
};

class Run {
 public:
  Run(const Plan& plan, const MakeExchange& make_exchange, LoadWatch watch)
      : plan_(plan), watch_(std::move(watch)), start_(absl::Now()), schedule_(plan, start_) {
    slots_.resize(static_cast<size_t>(plan.in_flight));
    for (Slot& slot : slots_) {
      slot.exchange = make_exchange();
      free_.push_back(&slot);
    }
  }

  LoadResult Go() {
    std::thread sender;
    if (open()) {
      sender = std::thread([this] { SendWhenDue(); });
    } else {
      const async::MutexLock lock(mutex_);
      SendAll();
    }
    Receive();
    if (sender.joinable()) sender.join();
    queue_.Shutdown();
    const async::MutexLock lock(mutex_);
    result_.delayed = schedule_.delayed();
    result_.unsent = schedule_.Unsent(absl::Now());
    return std::move(result_);
  }

 private:
  [[nodiscard]] bool open() const { return plan_.rate > 0; }

  void Send(absl::Time meant_for) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    Slot& slot = *free_.back();
    free_.pop_back();
    slot.meant_for = meant_for;
    const uint64_t number = schedule_.sent();
    schedule_.Send(meant_for <= full_until_);
    slot.exchange->Start(number, plan_.timeout, &queue_, &slot);
  }

  // Closed loop: whatever is free is used.
  void SendAll() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    while (!free_.empty()) {
      const absl::Time now = absl::Now();
      if (schedule_.Next(now) == absl::InfiniteFuture()) return;
      Send(now);
    }
  }

  // Open loop: the sending thread.
  void SendWhenDue() ABSL_LOCKS_EXCLUDED(mutex_) {
    const async::MutexLock lock(mutex_);
    for (;;) {
      const absl::Time now = absl::Now();
      const absl::Time due = schedule_.Next(now);
      if (due == absl::InfiniteFuture()) return;
      if (due > now) {
        changed_.WaitUntil(mutex_, std::min(due, now + kLook));
      } else if (free_.empty()) {
        full_ = true;
        changed_.WaitUntil(mutex_, now + kLook);
        full_ = false;
        full_until_ = absl::Now();
      } else {
        Send(due);
      }
    }
  }

  void Receive() ABSL_LOCKS_EXCLUDED(mutex_) {
    absl::Time report_at = start_ + kProgressEvery;
    while (!Ended()) {
      void* tag = nullptr;
      bool ok = false;
      const absl::Time look_at = open() ? std::min(report_at, absl::Now() + kLook) : report_at;
      if (queue_.AsyncNext(&tag, &ok, absl::ToChronoTime(look_at)) == grpc::CompletionQueue::GOT_EVENT) {
        Take(*static_cast<Slot*>(tag));
      }
      if (absl::Now() < report_at) continue;
      report_at += kProgressEvery;
      Report();
    }
  }

  void Take(Slot& slot) ABSL_LOCKS_EXCLUDED(mutex_) {
    const absl::Time now = absl::Now();
    result_.latency.Record(now - slot.meant_for);
    result_.elapsed = now - start_;
    if (const std::string failure = slot.exchange->Finish(); failure.empty()) {
      ++result_.succeeded;
    } else {
      ++result_.failures[failure];
    }
    const async::MutexLock lock(mutex_);
    free_.push_back(&slot);
    if (!open()) SendAll();
    if (full_) changed_.NotifyOne();
  }

  bool Ended() ABSL_LOCKS_EXCLUDED(mutex_) {
    const absl::Time now = absl::Now();
    const async::MutexLock lock(mutex_);
    if (watch_.stop != nullptr && *watch_.stop) schedule_.Stop(now);
    return free_.size() == slots_.size() && schedule_.Next(now) == absl::InfiniteFuture();
  }

  void Report() ABSL_LOCKS_EXCLUDED(mutex_) {
    if (!watch_.progress) return;
    size_t in_flight = 0;
    {
      const async::MutexLock lock(mutex_);
      in_flight = slots_.size() - free_.size();
      result_.delayed = schedule_.delayed();
      result_.unsent = schedule_.Unsent(absl::Now());
    }
    watch_.progress(result_, static_cast<int>(in_flight));
  }

  const Plan plan_;
  const LoadWatch watch_;
  const absl::Time start_;
  grpc::CompletionQueue queue_;
  std::vector<Slot> slots_;
  LoadResult result_;  // the receiving thread's

  async::Mutex mutex_;
  async::Condition changed_;
  Schedule schedule_ ABSL_GUARDED_BY(mutex_);
  std::vector<Slot*> free_ ABSL_GUARDED_BY(mutex_);
  bool full_ ABSL_GUARDED_BY(mutex_) = false;
  // When a request that was due last found nothing free.
  absl::Time full_until_ ABSL_GUARDED_BY(mutex_) = absl::InfinitePast();
};

}  // namespace

double LoadResult::throughput() const {
  return elapsed > absl::ZeroDuration() ? static_cast<double>(ended()) / absl::ToDoubleSeconds(elapsed) : 0;
}

LoadResult RunLoad(const Plan& plan, const MakeExchange& make_exchange, const LoadWatch& watch) {
  return Run(plan, make_exchange, watch).Go();
}

}  // namespace mcmig::load
