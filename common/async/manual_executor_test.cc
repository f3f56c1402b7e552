#include "common/async/manual_executor.h"

#include <string>
#include <thread>
#include <vector>

#include "common/async/cancel.h"
#include "common/async/sleep.h"
#include "common/async/yield.h"
#include "gtest/gtest.h"

namespace mcmig::async {
namespace {

Task<> Note(ManualExecutor& executor, absl::Duration after, std::string name, std::vector<std::string>* notes) {
  const bool reached = co_await Sleep(executor, executor.Now() + after, nullptr);
  notes->push_back(reached ? name : name + " early");
}

TEST(ManualExecutorTest, TimePassesOnlyWhenAdvancedAndTimersFireInOrder) {
  ManualExecutor executor;
  std::vector<std::string> notes;
  executor.Spawn(Note(executor, absl::Seconds(2), "second", &notes));
  executor.Spawn(Note(executor, absl::Seconds(1), "first", &notes));
  executor.Spawn(Note(executor, absl::Seconds(2), "third", &notes));
  executor.RunUntilIdle();
  EXPECT_TRUE(notes.empty());
  executor.AdvanceBy(absl::Seconds(1));
  EXPECT_EQ(notes, std::vector<std::string>{"first"});
  executor.AdvanceBy(absl::Seconds(5));
  EXPECT_EQ(notes, (std::vector<std::string>{"first", "second", "third"}));
  EXPECT_EQ(executor.live(), 0U);
}

Task<> NoteTwice(Executor& executor, std::string name, std::vector<std::string>* notes) {
  notes->push_back(name);
  co_await Yield(executor);
  notes->push_back(name);
}

TEST(ManualExecutorTest, WhatYieldsLetsOthersRunFirst) {
  ManualExecutor executor;
  std::vector<std::string> notes;
  executor.Spawn(NoteTwice(executor, "a", &notes));
  executor.Spawn(NoteTwice(executor, "b", &notes));
  executor.RunUntilIdle();
  EXPECT_EQ(notes, (std::vector<std::string>{"a", "b", "a", "b"}));
}

Task<bool> SleepUnder(Executor& executor, absl::Time at, CancelSignal* cancel) {
  const bool reached = co_await Sleep(executor, at, cancel);
  co_return reached;
}

TEST(ManualExecutorTest, CancelledSleepEndsWithoutTimePassing) {
  ManualExecutor executor;
  CancelSignal cancel;
  executor.Post([&] { cancel.Cancel(); });
  EXPECT_EQ(executor.Run(SleepUnder(executor, executor.Now() + absl::Hours(1), &cancel)), false);
  EXPECT_EQ(executor.NextTimer(), absl::InfiniteFuture());
}

TEST(ManualExecutorTest, SleepUnderACancelledSignalDoesNotStart) {
  ManualExecutor executor;
  CancelSignal cancel;
  cancel.Cancel();
  EXPECT_EQ(executor.Run(SleepUnder(executor, executor.Now(), &cancel)), false);
}

TEST(ManualExecutorTest, SleepIntoThePastIsReachedAtOnce) {
  ManualExecutor executor;
  EXPECT_EQ(executor.Run(SleepUnder(executor, executor.Now() - absl::Hours(1), nullptr)), true);
}

// Hands itself to another thread, as a store's commit does.
struct OtherThread : Parked {
  OtherThread(Executor& where, std::thread& thread) : executor(where), worker(thread) {}
  [[nodiscard]] bool await_ready() const noexcept { return false; }
  void await_suspend(std::coroutine_handle<> coroutine) {
    waiter = coroutine;
    worker = std::thread([this] { executor.Resume(this); });
  }
  void await_resume() const noexcept {}
  Executor& executor;
  std::thread& worker;
};

Task<std::thread::id> Cross(Executor& executor, std::thread& thread) {
  OtherThread other(executor, thread);
  co_await other;
  co_return std::this_thread::get_id();
}

TEST(ManualExecutorTest, WorkOfAnotherThreadComesBackToTheOwner) {
  ManualExecutor executor;
  std::thread thread;
  EXPECT_EQ(executor.Run(Cross(executor, thread)), std::this_thread::get_id());
  thread.join();
}

TEST(ManualExecutorTest, RunGivesUpOnATaskThatNobodyResumes) {
  ManualExecutor executor;
  EXPECT_EQ(executor.Run(SleepUnder(executor, absl::InfiniteFuture(), nullptr), absl::ZeroDuration()), std::nullopt);
  EXPECT_EQ(executor.live(), 1U);  // destroyed with the executor
}

}  // namespace
}  // namespace mcmig::async
