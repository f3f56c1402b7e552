#include "common/bulkhead/budget.h"

#include "absl/time/time.h"
#include "gtest/gtest.h"

namespace mcmig::bulkhead {
namespace {

const absl::Time kNow = absl::FromUnixSeconds(1'800'000'000);

TEST(BudgetTest, CallsAtWorkAreBounded) {
  Budget budget({.max_in_flight = 2, .per_second = 0});
  EXPECT_FALSE(budget.Enter(kNow).has_value());
  EXPECT_FALSE(budget.Enter(kNow).has_value());
  const auto full = budget.Enter(kNow);
  ASSERT_TRUE(full.has_value());
  EXPECT_GT(*full, absl::ZeroDuration());
  EXPECT_EQ(budget.in_flight(), 2U);
  budget.Leave();
  EXPECT_FALSE(budget.Enter(kNow).has_value());
}

TEST(BudgetTest, ASecondsWorthMayBeginAtOnceAndThenSoManyASecond) {
  Budget budget({.max_in_flight = 1000, .per_second = 10});
  for (int i = 0; i < 10; ++i) EXPECT_FALSE(budget.Enter(kNow).has_value()) << i;
  const auto wait = budget.Enter(kNow);
  ASSERT_TRUE(wait.has_value());
  EXPECT_EQ(*wait, absl::Milliseconds(100));
  EXPECT_TRUE(budget.Enter(kNow + absl::Milliseconds(99)).has_value());
  EXPECT_FALSE(budget.Enter(kNow + absl::Milliseconds(101)).has_value());
  // Nobody saves up more than a second's worth.
  int begun = 0;
  while (!budget.Enter(kNow + absl::Hours(1)).has_value()) ++begun;
  EXPECT_EQ(begun, 10);
}

TEST(BudgetTest, LessThanOneASecondStillLetsOneBegin) {
  Budget budget({.max_in_flight = 10, .per_second = 1});
  EXPECT_FALSE(budget.Enter(kNow).has_value());
  EXPECT_TRUE(budget.Enter(kNow + absl::Milliseconds(500)).has_value());
  EXPECT_FALSE(budget.Enter(kNow + absl::Seconds(1)).has_value());
}

TEST(BudgetTest, AClockThatGoesBackGivesNothing) {
  Budget budget({.max_in_flight = 10, .per_second = 1});
  EXPECT_FALSE(budget.Enter(kNow).has_value());
  EXPECT_TRUE(budget.Enter(kNow - absl::Hours(1)).has_value());
  EXPECT_TRUE(budget.Enter(kNow).has_value());
}

TEST(BudgetTest, WhoIsRefusedTakesNoRoomAndNoToken) {
  Budget budget({.max_in_flight = 1, .per_second = 2});
  EXPECT_FALSE(budget.Enter(kNow).has_value());
  for (int i = 0; i < 5; ++i) EXPECT_TRUE(budget.Enter(kNow).has_value());
  budget.Leave();
  EXPECT_FALSE(budget.Enter(kNow).has_value());
}

}  // namespace
}  // namespace mcmig::bulkhead
