#include "common/rpc/loop.h"

#include <atomic>
#include <string>
#include <thread>
#include <vector>

#include "absl/time/clock.h"
#include "common/async/cancel.h"
#include "common/async/sleep.h"
#include "gtest/gtest.h"

namespace mcmig::rpc {
namespace {

class LoopTest : public ::testing::Test {
 protected:
  Loop loop_;
};

struct Crossing : async::Parked {
  [[nodiscard]] bool await_ready() const noexcept { return false; }
  void await_suspend(std::coroutine_handle<> coroutine) noexcept { waiter = coroutine; }
  void await_resume() const noexcept {}
};

async::Task<> Wait(Crossing& crossing, int number, std::vector<int>* order) {
  co_await crossing;
  order->push_back(number);
}

TEST_F(LoopTest, ChainResumedByAnotherThreadComesBackInOrder) {
  std::vector<Crossing> crossings(3);
  std::vector<int> order;
  for (int i = 0; i < 3; ++i) loop_.Spawn(Wait(crossings[i], i, &order));
  crossings[0].next = &crossings[1];
  crossings[1].next = &crossings[2];
  std::thread other([&] { loop_.Resume(&crossings[0]); });
  loop_.Stop();
  loop_.Run();  // ends only when the three have
  other.join();
  EXPECT_EQ(order, (std::vector<int>{0, 1, 2}));
}

async::Task<> SleepUntil(Loop& loop, absl::Time at, async::CancelSignal* cancel, std::string name,
                         std::vector<std::string>* ended) {
  const bool reached = co_await async::Sleep(loop, at, cancel);
  ended->push_back(name + (reached ? " reached" : " cut"));
}

TEST_F(LoopTest, TimersFireInTheOrderOfTheirTimes) {
  std::vector<std::string> ended;
  const absl::Time now = absl::Now();
  loop_.Spawn(SleepUntil(loop_, now + absl::Milliseconds(6), nullptr, "b", &ended));
  loop_.Spawn(SleepUntil(loop_, now + absl::Milliseconds(3), nullptr, "a", &ended));
  loop_.Spawn(SleepUntil(loop_, now - absl::Hours(1), nullptr, "past", &ended));
  loop_.Stop();
  loop_.Run();
  EXPECT_EQ(ended, (std::vector<std::string>{"past reached", "a reached", "b reached"}));
  EXPECT_GE(absl::Now(), now + absl::Milliseconds(6));
}

TEST_F(LoopTest, CancelledSleepEndsEarlyAndOthersGoOn) {
  std::vector<std::string> ended;
  async::CancelSignal cancel;
  loop_.Spawn(SleepUntil(loop_, absl::Now() + absl::Hours(1), &cancel, "long", &ended));
  loop_.Spawn(SleepUntil(loop_, absl::Now() + absl::Milliseconds(3), nullptr, "short", &ended));
  loop_.Post([&] { cancel.Cancel(); });
  loop_.Stop();
  loop_.Run();
  EXPECT_EQ(ended, (std::vector<std::string>{"long cut", "short reached"}));
}

TEST_F(LoopTest, CutTimersEndsEverySleepAlsoLaterOnes) {
  std::vector<std::string> ended;
  loop_.Spawn(SleepUntil(loop_, absl::InfiniteFuture(), nullptr, "before", &ended));
  loop_.CutTimers();
  loop_.Post([&] { loop_.Spawn(SleepUntil(loop_, absl::InfiniteFuture(), nullptr, "after", &ended)); });
  loop_.Stop();
  loop_.Run();
  EXPECT_EQ(ended, (std::vector<std::string>{"before cut", "after cut"}));
}

TEST_F(LoopTest, PostsFromManyThreadsAllRun) {
  constexpr int kThreads = 4;
  constexpr int kPosts = 500;
  int ran = 0;
  std::vector<std::thread> threads;
  std::atomic<int> posting = kThreads;
  threads.reserve(kThreads);
  for (int i = 0; i < kThreads; ++i) {
    threads.emplace_back([&] {
      for (int k = 0; k < kPosts; ++k) loop_.Post([&] { ++ran; });
      if (--posting == 0) loop_.Stop();
    });
  }
  loop_.Run();
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(ran, kThreads * kPosts);
}

TEST_F(LoopTest, PostAfterTheEndIsDropped) {
  loop_.Stop();
  loop_.Run();
  loop_.Post([] { FAIL(); });
}

}  // namespace
}  // namespace mcmig::rpc
