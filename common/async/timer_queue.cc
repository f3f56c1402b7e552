#include "common/async/timer_queue.h"

#include <utility>

namespace mcmig::async {

// A timer that was cut short is queued at InfinitePast, which no started timer is: that is how FireDue tells.
void TimerQueue::Start(Timer* timer, absl::Time at) {
  if (at == absl::InfinitePast()) at = absl::UnixEpoch();
  timer->at_ = cut_all_ ? absl::InfinitePast() : at;
  timer->order_ = started_++;
  timer->slot_ = heap_.size();
  heap_.push_back(timer);
  Up(timer->slot_);
}

void TimerQueue::CutShort(Timer* timer) {
  if (timer->slot_ == Timer::kNotQueued) return;
  timer->at_ = absl::InfinitePast();
  Up(timer->slot_);
}

void TimerQueue::Remove(Timer* timer) {
  const size_t slot = timer->slot_;
  if (slot == Timer::kNotQueued) return;
  const size_t last = heap_.size() - 1;
  if (slot != last) Swap(slot, last);
  heap_.pop_back();
  timer->slot_ = Timer::kNotQueued;
  if (slot == last) return;
  Up(slot);
  Down(slot);
}

void TimerQueue::CutAll() {
  cut_all_ = true;
  // All are equal in time now, so that only the order of start must be restored.
  for (Timer* timer : heap_) timer->at_ = absl::InfinitePast();
  for (size_t slot = heap_.size() / 2; slot-- > 0;) Down(slot);
}

absl::Time TimerQueue::next() const { return heap_.empty() ? absl::InfiniteFuture() : heap_.front()->at_; }

size_t TimerQueue::FireDue(absl::Time now) {
  const uint64_t before = started_;
  size_t fired = 0;
  while (!heap_.empty() && heap_.front()->at_ <= now && heap_.front()->order_ < before) {
    Timer* timer = heap_.front();
    Remove(timer);
    ++fired;
    timer->Fire(timer->at_ != absl::InfinitePast());
  }
  return fired;
}

bool TimerQueue::Earlier(size_t a, size_t b) const {
  const Timer& left = *heap_[a];
  const Timer& right = *heap_[b];
  return left.at_ != right.at_ ? left.at_ < right.at_ : left.order_ < right.order_;
}

void TimerQueue::Swap(size_t a, size_t b) {
  std::swap(heap_[a], heap_[b]);
  heap_[a]->slot_ = a;
  heap_[b]->slot_ = b;
}

void TimerQueue::Up(size_t slot) {
  while (slot > 0 && Earlier(slot, (slot - 1) / 2)) {
    Swap(slot, (slot - 1) / 2);
    slot = (slot - 1) / 2;
  }
}

void TimerQueue::Down(size_t slot) {
  for (;;) {
    size_t first = slot;
    for (const size_t child : {2 * slot + 1, 2 * slot + 2}) {
      if (child < heap_.size() && Earlier(child, first)) first = child;
    }
    if (first == slot) return;
    Swap(slot, first);
    slot = first;
  }
}

}  // namespace mcmig::async
