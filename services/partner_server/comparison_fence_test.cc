#include "services/partner_server/comparison_fence.h"

#include <optional>

#include "gtest/gtest.h"

namespace mcmig::partner_server {
namespace {

TEST(ComparisonFenceTest, AnswerAskedForBeforeAComparisonDoesNotCount) {
  ComparisonFence fence;
  const uint64_t before = fence.Comparisons("north");
  fence.Raise("north");
  EXPECT_FALSE(fence.Begin("north", before).has_value());
  EXPECT_TRUE(fence.Begin("north", fence.Comparisons("north")).has_value());
}

TEST(ComparisonFenceTest, OtherSystemsAreNotConcerned) {
  ComparisonFence fence;
  const uint64_t before = fence.Comparisons("east");
  fence.Raise("north");
  EXPECT_TRUE(fence.Begin("east", before).has_value());
}

TEST(ComparisonFenceTest, SettlesWhenWhatBeganBeforeHasEnded) {
  ComparisonFence fence;
  EXPECT_TRUE(fence.Settled("north"));
  std::optional<ComparisonFence::Installing> first = fence.Begin("north", 0);
  EXPECT_TRUE(fence.Settled("north"));
  fence.Raise("north");
  EXPECT_FALSE(fence.Settled("north"));
  // What begins later is for the next comparison.
  std::optional<ComparisonFence::Installing> second = fence.Begin("north", 1);
  fence.Raise("north");
  first.reset();
  EXPECT_FALSE(fence.Settled("north"));
  second.reset();
  EXPECT_TRUE(fence.Settled("north"));
  EXPECT_TRUE(fence.Begin("north", 2).has_value());
}

}  // namespace
}  // namespace mcmig::partner_server
