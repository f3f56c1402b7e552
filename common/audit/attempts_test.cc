#include "common/audit/attempts.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"

namespace mcmig::audit {
namespace {

TEST(AttemptsTest, TheFirstOfAKindIsForItsCallerAndTheOthersAreCounted) {
  Attempts attempts;
  EXPECT_TRUE(attempts.IsFirst("a"));
  EXPECT_FALSE(attempts.IsFirst("a"));
  EXPECT_FALSE(attempts.IsFirst("a"));
  EXPECT_TRUE(attempts.IsFirst("b"));
  const auto counted = attempts.Take();
  ASSERT_EQ(counted.size(), 1U);
  EXPECT_EQ(counted[0].members, "a");
  EXPECT_EQ(counted[0].attempts, 2U);
}

TEST(AttemptsTest, AKindIsNewAgainOnceItWasQuiet) {
  Attempts attempts;
  EXPECT_TRUE(attempts.IsFirst("a"));
  EXPECT_FALSE(attempts.IsFirst("a"));
  EXPECT_EQ(attempts.Take().size(), 1U);
  // Still the same flood.
  EXPECT_FALSE(attempts.IsFirst("a"));
  EXPECT_EQ(attempts.Take().size(), 1U);
  EXPECT_TRUE(attempts.Take().empty());
  EXPECT_TRUE(attempts.IsFirst("a"));
}

TEST(AttemptsTest, WhatCouldNotBeRecordedIsCounted) {
  Attempts attempts;
  attempts.Count("a", 3);
  const auto counted = attempts.Take();
  ASSERT_EQ(counted.size(), 1U);
  EXPECT_EQ(counted[0].attempts, 3U);
}

TEST(AttemptsTest, KindsAreBoundedAndNoneIsLost) {
  Attempts attempts;
  size_t first = 0;
  for (size_t i = 0; i < Attempts::kMaxKinds + 10; ++i) first += attempts.IsFirst(absl::StrCat("kind ", i)) ? 1 : 0;
  attempts.Count("one more", 5);
  EXPECT_EQ(first, Attempts::kMaxKinds);
  const auto counted = attempts.Take();
  ASSERT_EQ(counted.size(), 1U);
  EXPECT_EQ(counted[0].members, Attempts::kOther);
  EXPECT_EQ(counted[0].attempts, 15U);
}

}  // namespace
}  // namespace mcmig::audit
