#include "common/bulkhead/circuit_breaker.h"

#include "absl/time/time.h"
#include "gtest/gtest.h"

namespace mcmig::bulkhead {
namespace {

using Result = CircuitBreaker::Result;

const absl::Time kNow = absl::FromUnixSeconds(1'800'000'000);
constexpr BreakerLimits kLimits{.failures = 3, .first_pause = absl::Seconds(1), .longest_pause = absl::Seconds(3)};

// A call that begins and ends at `now`; false where it did not go out.
bool Call(CircuitBreaker& breaker, Result result, absl::Time now) {
  const auto passage = breaker.Enter(now);
  if (passage) breaker.Leave(*passage, result, now);
  return passage.has_value();
}

void FailUntilOpen(CircuitBreaker& breaker) {
  for (int i = 0; i < kLimits.failures; ++i) EXPECT_TRUE(Call(breaker, Result::kFailed, kNow));
  EXPECT_TRUE(breaker.open());
}

TEST(CircuitBreakerTest, OpensAfterFailuresInARowOnly) {
  CircuitBreaker breaker(kLimits);
  for (int i = 0; i < 5; ++i) {
    Call(breaker, Result::kFailed, kNow);
    Call(breaker, Result::kFailed, kNow);
    Call(breaker, Result::kNeither, kNow);
    EXPECT_FALSE(breaker.open());
    Call(breaker, Result::kAnswered, kNow);
  }
  FailUntilOpen(breaker);
  EXPECT_FALSE(breaker.Enter(kNow).has_value());
}

TEST(CircuitBreakerTest, OneProbeAtATimeAfterThePause) {
  CircuitBreaker breaker(kLimits);
  FailUntilOpen(breaker);
  EXPECT_FALSE(breaker.Enter(kNow + absl::Milliseconds(999)).has_value());
  const auto probe = breaker.Enter(kNow + absl::Seconds(1));
  ASSERT_TRUE(probe.has_value());
  // However long it takes.
  EXPECT_FALSE(breaker.Enter(kNow + absl::Hours(1)).has_value());
  breaker.Leave(*probe, Result::kAnswered, kNow + absl::Hours(1));
  EXPECT_FALSE(breaker.open());
}

TEST(CircuitBreakerTest, EachProbeThatFailsDoublesThePauseUpToABound) {
  CircuitBreaker breaker(kLimits);
  FailUntilOpen(breaker);
  absl::Time now = kNow;
  for (const absl::Duration pause : {absl::Seconds(1), absl::Seconds(2), absl::Seconds(3), absl::Seconds(3)}) {
    EXPECT_FALSE(breaker.Enter(now + pause - absl::Milliseconds(1)).has_value());
    now += pause;
    EXPECT_TRUE(Call(breaker, Result::kFailed, now));
  }
  now += absl::Seconds(3);
  EXPECT_TRUE(Call(breaker, Result::kAnswered, now));
  // And from the first again.
  for (int i = 0; i < kLimits.failures; ++i) EXPECT_TRUE(Call(breaker, Result::kFailed, now));
  EXPECT_TRUE(Call(breaker, Result::kAnswered, now + absl::Seconds(1)));
}

TEST(CircuitBreakerTest, AProbeThatSaysNothingLeavesItToTheNextCall) {
  CircuitBreaker breaker(kLimits);
  FailUntilOpen(breaker);
  EXPECT_TRUE(Call(breaker, Result::kNeither, kNow + absl::Seconds(1)));
  EXPECT_TRUE(breaker.open());
  EXPECT_TRUE(Call(breaker, Result::kAnswered, kNow + absl::Seconds(1)));
  EXPECT_FALSE(breaker.open());
}

TEST(CircuitBreakerTest, WhatBeganBeforeItOpenedNeitherClosesNorOpensIt) {
  CircuitBreaker breaker(kLimits);
  const auto early = breaker.Enter(kNow);
  const auto another = breaker.Enter(kNow);
  FailUntilOpen(breaker);
  breaker.Leave(*early, Result::kAnswered, kNow);
  EXPECT_TRUE(breaker.open());
  EXPECT_TRUE(Call(breaker, Result::kAnswered, kNow + absl::Seconds(1)));
  EXPECT_TRUE(Call(breaker, Result::kFailed, kNow + absl::Seconds(1)));
  EXPECT_TRUE(Call(breaker, Result::kFailed, kNow + absl::Seconds(1)));
  breaker.Leave(*another, Result::kFailed, kNow + absl::Seconds(1));
  EXPECT_FALSE(breaker.open());
}

TEST(CircuitBreakerTest, AnOperatorClosesIt) {
  CircuitBreaker breaker(kLimits);
  FailUntilOpen(breaker);
  const auto probe = breaker.Enter(kNow + absl::Seconds(1));
  breaker.Reset();
  EXPECT_FALSE(breaker.open());
  // The probe of before has nothing to say any more.
  breaker.Leave(*probe, Result::kFailed, kNow + absl::Seconds(1));
  EXPECT_FALSE(breaker.open());
  EXPECT_TRUE(breaker.Enter(kNow).has_value());
}

}  // namespace
}  // namespace mcmig::bulkhead
