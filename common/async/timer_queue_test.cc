#include "common/async/timer_queue.h"

#include <memory>
#include <random>
#include <vector>

#include "gtest/gtest.h"

namespace mcmig::async {
namespace {

struct Recorder final : Timer {
  void Fire(bool is_reached) override {
    ++fired;
    reached = is_reached;
  }
  int fired = 0;
  bool reached = false;
};

absl::Time At(int second) { return absl::FromUnixSeconds(second); }

TEST(TimerQueueTest, RemovedTimerNeverFires) {
  TimerQueue queue;
  Recorder kept;
  Recorder removed;
  queue.Start(&removed, At(1));
  queue.Start(&kept, At(2));
  queue.Remove(&removed);
  queue.Remove(&removed);
  EXPECT_EQ(queue.FireDue(At(3)), 1U);
  EXPECT_EQ(removed.fired, 0);
  EXPECT_TRUE(kept.reached);
  EXPECT_EQ(queue.next(), absl::InfiniteFuture());
}

TEST(TimerQueueTest, CuttingShortIsDueAtOnceAndOnlyOnce) {
  TimerQueue queue;
  Recorder timer;
  queue.Start(&timer, At(100));
  queue.CutShort(&timer);
  EXPECT_EQ(queue.next(), absl::InfinitePast());
  queue.FireDue(At(0));
  queue.CutShort(&timer);
  EXPECT_EQ(queue.FireDue(At(0)), 0U);
  EXPECT_EQ(timer.fired, 1);
  EXPECT_FALSE(timer.reached);
}

TEST(TimerQueueTest, AfterCutAllEveryTimerIsShort) {
  TimerQueue queue;
  Recorder before;
  Recorder after;
  queue.Start(&before, At(100));
  queue.CutAll();
  queue.Start(&after, At(100));
  EXPECT_EQ(queue.FireDue(At(0)), 2U);
  EXPECT_FALSE(before.reached);
  EXPECT_FALSE(after.reached);
}

TEST(TimerQueueTest, RandomStartsCutsAndRemovalsFireEachQueuedTimerOnceWhenDue) {
  std::mt19937 random(7);
  TimerQueue queue;
  constexpr int kTimers = 500;
  std::vector<std::unique_ptr<Recorder>> timers;
  std::vector<int> due;
  for (int i = 0; i < kTimers; ++i) {
    timers.push_back(std::make_unique<Recorder>());
    due.push_back(static_cast<int>(random() % 100) + 1);
    queue.Start(timers.back().get(), At(due.back()));
  }
  std::vector<bool> removed(kTimers, false);
  std::vector<bool> cut(kTimers, false);
  for (int now = 0; now <= 101; ++now) {
    for (int k = 0; k < 2; ++k) {
      const size_t i = random() % kTimers;
      if (timers[i]->fired > 0 || removed[i] || cut[i]) continue;
      if (random() % 2 == 0) {
        queue.Remove(timers[i].get());
        removed[i] = true;
      } else {
        queue.CutShort(timers[i].get());
        cut[i] = true;
      }
    }
    queue.FireDue(At(now));
    for (int i = 0; i < kTimers; ++i) {
      const bool expected = !removed[i] && (cut[i] || due[i] <= now);
      ASSERT_EQ(timers[i]->fired, expected ? 1 : 0) << "timer " << i << " at " << now;
      if (expected) ASSERT_EQ(timers[i]->reached, !cut[i]);
    }
  }
}

}  // namespace
}  // namespace mcmig::async
