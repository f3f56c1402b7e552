#include "common/register/group_commit.h"

#include <atomic>
#include <future>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "common/async/manual_executor.h"
#include "common/async/task.h"
#include "common/ops/metrics.h"
#include "common/ops/testing/exposition.h"
#include "gtest/gtest.h"

namespace mcmig::migration {
namespace {

using Group = GroupCommit<int, int>;
using Results = std::vector<absl::StatusOr<int>>;

Results Doubled(const std::vector<int>& changes) {
  Results results;
  for (const int change : changes) results.emplace_back(2 * change);
  return results;
}

async::Task<absl::StatusOr<int>> CommitOn(Group& group, async::Executor& executor, int change) {
  co_return co_await group.Commit(executor, change);
}

async::Task<> Note(Group& group, async::Executor& executor, int change, std::vector<absl::StatusOr<int>>* notes) {
  absl::StatusOr<int> result = co_await group.Commit(executor, change);
  notes->push_back(std::move(result));
}

// Counts wake-ups.
class CountingExecutor final : public async::Executor {
 public:
  explicit CountingExecutor(async::ManualExecutor& target) : target_(target) {}
  void Spawn(async::Task<> task) override { target_.Spawn(std::move(task)); }
  void Resume(async::Parked* chain) override {
    ++resumed_;
    target_.Resume(chain);
  }
  void Post(absl::AnyInvocable<void()> work) override { target_.Post(std::move(work)); }
  void StartTimer(async::Timer* timer, absl::Time at) override { target_.StartTimer(timer, at); }
  void CutShort(async::Timer* timer) override { target_.CutShort(timer); }
  [[nodiscard]] int resumed() const { return resumed_; }

 private:
  async::ManualExecutor& target_;
  std::atomic<int> resumed_ = 0;
};

// A writer that stands still until it is let go, so that a test decides what makes a group.
struct HeldWriter {
  std::promise<void> entered;
  std::promise<void> let_go;
  std::vector<std::vector<int>> groups;

  Results Apply(const std::vector<int>& changes) {
    if (groups.empty()) {
      entered.set_value();
      let_go.get_future().wait();
    }
    groups.push_back(changes);
    return Doubled(changes);
  }
};

TEST(GroupCommitTest, ChangeIsAppliedAndItsResultComesBackOnTheExecutor) {
  async::ManualExecutor executor;
  Group group(Doubled, 10);
  const std::optional<absl::StatusOr<int>> result = executor.Run(CommitOn(group, executor, 21));
  ASSERT_TRUE(result && result->ok());
  EXPECT_EQ(**result, 42);
}

TEST(GroupCommitTest, WhatWaitsIsOneGroupInOrderWithOneWakeUpPerExecutor) {
  async::ManualExecutor first_thread;
  async::ManualExecutor second_thread;
  CountingExecutor first(first_thread);
  CountingExecutor second(second_thread);
  HeldWriter writer;
  std::vector<absl::StatusOr<int>> notes;
  std::vector<absl::StatusOr<int>> second_notes;
  {
    Group group([&writer](const std::vector<int>& changes) { return writer.Apply(changes); }, 100);
    first.Spawn(Note(group, first, 1, &notes));
    first_thread.RunUntilIdle();
    writer.entered.get_future().wait();
    for (int change = 2; change <= 9; ++change) {
      const bool odd = change % 2 == 1;
      CountingExecutor& executor = odd ? first : second;
      executor.Spawn(Note(group, executor, change, odd ? &notes : &second_notes));
    }
    writer.let_go.set_value();
  }  // drains
  first_thread.RunUntilIdle();
  second_thread.RunUntilIdle();
  EXPECT_EQ(writer.groups, (std::vector<std::vector<int>>{{1}, {2, 3, 4, 5, 6, 7, 8, 9}}));
  EXPECT_EQ(first.resumed(), 2);
  EXPECT_EQ(second.resumed(), 1);
  ASSERT_EQ(notes.size(), 5U);
  ASSERT_EQ(second_notes.size(), 4U);
  EXPECT_EQ(*notes.back(), 18);
  EXPECT_EQ(*second_notes.back(), 16);
}

TEST(GroupCommitTest, AnIdleWriterWaitsForWhatCameTogether) {
  async::ManualExecutor executor;
  std::vector<std::vector<int>> groups;
  std::vector<absl::StatusOr<int>> notes;
  {
    Group group(
        [&groups](const std::vector<int>& changes) {
          groups.push_back(changes);
          return Doubled(changes);
        },
        10);
    for (int change = 1; change <= 3; ++change) executor.Spawn(Note(group, executor, change, &notes));
    while (notes.size() < 3 && executor.WaitForWork(absl::Seconds(30))) executor.RunUntilIdle();
    // Never told to begin, and not lost.
    executor.Spawn(Note(group, executor, 4, &notes));
  }
  executor.RunUntilIdle();
  EXPECT_EQ(groups, (std::vector<std::vector<int>>{{1, 2, 3}, {4}}));
  EXPECT_EQ(notes.size(), 4U);
}

TEST(GroupCommitTest, BeyondCapacityIsRefusedAtOnceAndNotApplied) {
  async::ManualExecutor executor;
  HeldWriter writer;
  std::vector<absl::StatusOr<int>> notes;
  {
    Group group([&writer](const std::vector<int>& changes) { return writer.Apply(changes); }, 2);
    executor.Spawn(Note(group, executor, 1, &notes));
    executor.RunUntilIdle();
    writer.entered.get_future().wait();
    for (int change = 2; change <= 4; ++change) executor.Spawn(Note(group, executor, change, &notes));
    ASSERT_EQ(notes.size(), 1U);
    EXPECT_EQ(notes[0].status().code(), absl::StatusCode::kResourceExhausted);
    writer.let_go.set_value();
  }
  executor.RunUntilIdle();
  EXPECT_EQ(writer.groups, (std::vector<std::vector<int>>{{1}, {2, 3}}));
  EXPECT_EQ(notes.size(), 4U);
}

TEST(GroupCommitTest, ErrorReachesEveryCallOfTheGroup) {
  async::ManualExecutor executor;
  Group group([](const std::vector<int>& changes) { return Results(changes.size(), absl::UnavailableError("disk")); },
              10);
  const std::optional<absl::StatusOr<int>> result = executor.Run(CommitOn(group, executor, 1));
  ASSERT_TRUE(result.has_value());
  EXPECT_EQ(result->status().code(), absl::StatusCode::kUnavailable);
}

TEST(GroupCommitTest, GroupsWaitingFailuresAndRefusalsAreMeasured) {
  async::ManualExecutor executor;
  HeldWriter writer;
  std::vector<absl::StatusOr<int>> notes;
  ops::Metrics metrics;
  const auto measured = [&metrics](const std::string& name) {
    return ops::testing::ParseExposition(metrics.Text()).Sum("mcmig_register_" + name, {{"register", "migration"}});
  };
  {
    Group group(
        [&writer](const std::vector<int>& changes) {
          Results results = writer.Apply(changes);
          results.back() = absl::UnavailableError("disk");
          return results;
        },
        2, CommitMetrics(&metrics, "migration"));
    executor.Spawn(Note(group, executor, 1, &notes));
    executor.RunUntilIdle();
    writer.entered.get_future().wait();
    for (int change = 2; change <= 4; ++change) executor.Spawn(Note(group, executor, change, &notes));
    EXPECT_EQ(measured("waiting_changes"), 2);
    EXPECT_EQ(measured("refused_changes_total"), 1);
    EXPECT_EQ(measured("failed_changes_total"), 0);
    writer.let_go.set_value();
  }
  executor.RunUntilIdle();
  EXPECT_EQ(measured("waiting_changes"), 0);
  EXPECT_EQ(measured("failed_changes_total"), 2);
  EXPECT_EQ(measured("commit_batch_size_count"), 2);
  EXPECT_EQ(measured("commit_batch_size_sum"), 3);
  EXPECT_EQ(measured("commit_duration_seconds_count"), 2);
  EXPECT_GT(measured("commit_duration_seconds_sum"), 0);
}

TEST(GroupCommitTest, WithoutAThreadWhatWaitsIsWrittenWhenToldTo) {
  async::ManualExecutor executor;
  std::vector<absl::AnyInvocable<void()>> writes;
  std::vector<absl::StatusOr<int>> notes;
  Group group(Doubled, 10, {}, [&writes](absl::AnyInvocable<void()> write) { writes.push_back(std::move(write)); });
  for (int change = 1; change <= 3; ++change) executor.Spawn(Note(group, executor, change, &notes));
  executor.RunUntilIdle();
  ASSERT_EQ(writes.size(), 1U);
  EXPECT_TRUE(notes.empty());
  writes[0]();
  EXPECT_TRUE(notes.empty());
  executor.RunUntilIdle();
  ASSERT_EQ(notes.size(), 3U);
  EXPECT_EQ(*notes[2], 6);
  // The next change is the next group.
  executor.Spawn(Note(group, executor, 4, &notes));
  EXPECT_EQ(writes.size(), 2U);
}

TEST(GroupCommitTest, WithoutAThreadACrashWritesNothing) {
  async::ManualExecutor executor;
  std::vector<absl::StatusOr<int>> notes;
  int applied = 0;
  {
    Group group(
        [&applied](const std::vector<int>& changes) {
          ++applied;
          return Doubled(changes);
        },
        10, {}, [](const absl::AnyInvocable<void()>& /*write*/) {});
    executor.Spawn(Note(group, executor, 1, &notes));
  }
  EXPECT_EQ(applied, 0);
  EXPECT_TRUE(notes.empty());
}

TEST(GroupCommitTest, ManyExecutorsOnManyThreadsGetEachResultOnce) {
  constexpr int kThreads = 4;
  constexpr int kRounds = 200;
  Group group(Doubled, 1000);
  std::atomic<int> right = 0;
  std::vector<std::thread> threads;
  threads.reserve(kThreads);
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&group, &right, t] {
      async::ManualExecutor executor;
      for (int round = 0; round < kRounds; ++round) {
        const int change = t * kRounds + round;
        const std::optional<absl::StatusOr<int>> result = executor.Run(CommitOn(group, executor, change));
        if (result && result->ok() && **result == 2 * change) ++right;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(right, kThreads * kRounds);
}

}  // namespace
}  // namespace mcmig::migration
