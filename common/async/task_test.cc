#include "common/async/task.h"

#include <memory>
#include <stdexcept>
#include <string>

#include "common/async/live_tasks.h"
#include "gtest/gtest.h"

namespace mcmig::async {
namespace {

Task<int> Leaf(int value) {
  if (value < 0) throw std::runtime_error("negative");
  co_return value;
}

Task<int> Sum(int deep) {
  int sum = 0;
  for (int i = 0; i < deep; ++i) {
    int value = co_await Leaf(i);
    sum += value;
  }
  co_return sum;
}

Task<> Store(int deep, int* result) { *result = co_await Sum(deep); }

TEST(TaskTest, ManyAwaitsInARowDoNotGrowTheStack) {
  LiveTasks live;
  int result = 0;
  live.Start(Store(1'000, &result));
  EXPECT_EQ(result, 499'500);
  EXPECT_EQ(live.count(), 0U);
}

Task<> Catch(std::string* text) {
  try {
    int value = co_await Leaf(-1);
    *text = std::to_string(value);
  } catch (const std::runtime_error& error) {
    *text = error.what();
  }
}

TEST(TaskTest, ExceptionReachesTheAwaiter) {
  LiveTasks live;
  std::string text;
  live.Start(Catch(&text));
  EXPECT_EQ(text, "negative");
}

Task<> Hold(std::shared_ptr<int> held) {
  co_await std::suspend_always();
  *held = 1;
}

TEST(TaskTest, UnfinishedTasksAreFreedWithTheirOwner) {
  auto held = std::make_shared<int>(0);
  {
    LiveTasks live;
    live.Start(Hold(held));
    live.Start(Hold(held));
    EXPECT_EQ(live.count(), 2U);
    EXPECT_EQ(held.use_count(), 3);
  }
  EXPECT_EQ(held.use_count(), 1);
}

TEST(TaskTest, TaskThatIsNeverAwaitedNeverRuns) {
  int result = 7;
  {
    Task<> never = Store(3, &result);
  }
  EXPECT_EQ(result, 7);
}

}  // namespace
}  // namespace mcmig::async
