#ifndef COMMON_REGISTER_GROUP_COMMIT_H_
#define COMMON_REGISTER_GROUP_COMMIT_H_

#include <chrono>
#include <coroutine>
#include <cstddef>
#include <memory>
#include <thread>
#include <utility>
#include <vector>

#include "absl/algorithm/container.h"
#include "absl/functional/any_invocable.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/async/executor.h"
#include "common/async/mutex.h"
#include "common/async/wake_ups.h"
#include "common/protocol/pushback.h"
#include "common/register/commit_metrics.h"
#include "common/register/write_later.h"

namespace mcmig::migration {

// One writer that applies all changes that wait as one group, so that many calls share one durable write. Where it is
// idle it begins once the executor has done what was due, which may bring more changes.
//
// A change that was accepted is applied, whatever becomes of the call that asked for it: its coroutine stays parked
// until then and looks at no cancellation. Changes are applied in the order they came. Any thread may commit. The
// executors outlive this object, and nothing commits once its destruction has begun.
template <class Change, class Outcome>
class GroupCommit {
 public:
  // Applies `changes` and gives one result for each, in order. Writer's thread, one call at a time.
  using Apply = absl::AnyInvocable<std::vector<absl::StatusOr<Outcome>>(std::vector<Change> changes)>;

  // At most `capacity` changes wait, beside the group being applied. Writes on a thread of its own, or, where it is not
  // null, by `later`.
  GroupCommit(Apply apply, size_t capacity, CommitMetrics metrics = {}, WriteLater later = nullptr)
      : apply_(std::move(apply)), capacity_(capacity), metrics_(metrics), later_(std::move(later)) {
    if (later_ != nullptr) return;
    writer_ = std::thread([this] {
      for (std::vector<Waiting*> group = Take(); !group.empty(); group = Take()) Write(group);
    });
  }
  GroupCommit(const GroupCommit&) = delete;
  GroupCommit& operator=(const GroupCommit&) = delete;
  // Applies what still waits; with WriteLater nothing, as a crash does.
  ~GroupCommit() {
    if (!writer_.joinable()) return;
    {
      async::MutexLock lock(mutex_);
      stop_ = true;
    }
    arrived_->NotifyOne();
    writer_.join();
  }

  // What Commit returns; awaited at once, on the executor's thread.
  class [[nodiscard]] Waiting : public async::Parked {
   public:
    Waiting(GroupCommit& group, async::Executor& executor, Change change)
        : group_(group), executor_(executor), change_(std::move(change)) {}
    Waiting(const Waiting&) = delete;
    Waiting& operator=(const Waiting&) = delete;

    [[nodiscard]] bool await_ready() const noexcept { return false; }
    bool await_suspend(std::coroutine_handle<> coroutine) {
      waiter = coroutine;
      return group_.Enqueue(this);
    }
    absl::StatusOr<Outcome> await_resume() { return std::move(result_); }

   private:
    friend class GroupCommit;
    GroupCommit& group_;
    async::Executor& executor_;
    Change change_;
    // Where there was no room: a full queue is worked off in about that time.
    absl::StatusOr<Outcome> result_ =
        protocol::ResourceExhausted("too many changes wait for the store", absl::Milliseconds(100));
  };

  // co_await gives the result of Apply for `change`, or RESOURCE_EXHAUSTED, at once and with nothing written, where too
  // many changes wait.
  Waiting Commit(async::Executor& executor, Change change) { return Waiting(*this, executor, std::move(change)); }

 private:
  // False where the queue is full. Once true, `waiting` belongs to the writer.
  bool Enqueue(Waiting* waiting) {
    {
      async::MutexLock lock(mutex_);
      if (queue_.size() >= capacity_) return metrics_.refused.Add(), false;
      queue_.push_back(waiting);
      metrics_.waiting.Set(static_cast<double>(queue_.size()));
      if (queue_.size() > 1) return true;  // whoever came first wakes the writer
    }
    // What is posted may run when this object is gone.
    later_ != nullptr ? later_([this] { Write(Take()); })
                      : waiting->executor_.Post([arrived = arrived_] { arrived->NotifyOne(); });
    return true;
  }

  // The next group, as soon as there is one; empty at the end.
  std::vector<Waiting*> Take() {
    std::vector<Waiting*> group;
    async::MutexLock lock(mutex_);
    while (queue_.empty() && !stop_) arrived_->Wait(mutex_);
    group.swap(queue_);
    metrics_.waiting.Set(0);
    return group;
  }

  void Write(const std::vector<Waiting*>& group) {
    std::vector<Change> changes;
    changes.reserve(group.size());
    for (Waiting* waiting : group) changes.push_back(std::move(waiting->change_));
    std::vector<absl::StatusOr<Outcome>> results = Measured(std::move(changes));
    async::WakeUps wake_ups;
    for (size_t i = 0; i < group.size(); ++i) {
      group[i]->result_ = std::move(results[i]);
      wake_ups.Add(group[i]->executor_, *group[i]);
    }
    wake_ups.Resume();
  }

  std::vector<absl::StatusOr<Outcome>> Measured(std::vector<Change> changes) {
    metrics_.batch_size.Observe(static_cast<double>(changes.size()));
    const auto began = std::chrono::steady_clock::now();
    auto results = apply_(std::move(changes));
    metrics_.duration.Observe(std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count());
    const auto failed = absl::c_count_if(results, [](const auto& result) { return !result.ok(); });
    if (failed > 0) metrics_.failed.Add(static_cast<double>(failed));
    return results;
  }

  Apply apply_;
  const size_t capacity_;
  const CommitMetrics metrics_;
  const WriteLater later_;
  async::Mutex mutex_;
  const std::shared_ptr<async::Condition> arrived_ = std::make_shared<async::Condition>();
  std::vector<Waiting*> queue_ ABSL_GUARDED_BY(mutex_);
  bool stop_ ABSL_GUARDED_BY(mutex_) = false;
  std::thread writer_;  // last: it uses all the others
};

}  // namespace mcmig::migration

#endif  // COMMON_REGISTER_GROUP_COMMIT_H_
