#include "common/token/fetch_schedule.h"

#include <string>

#include "gtest/gtest.h"

namespace mcmig::token {
namespace {

const absl::Time kStart = absl::FromUnixSeconds(1'000'000);

TEST(FetchScheduleTest, FirstAttemptIsDueAtOnceAndNothingIsGoodBefore) {
  const FetchSchedule schedule{FetchLimits{}};
  EXPECT_EQ(schedule.next(), absl::InfinitePast());
  EXPECT_EQ(schedule.good_until(), absl::InfinitePast());
}

TEST(FetchScheduleTest, SetIsRenewedBeforeItIsOldAndGoodForABoundedTimeAfter) {
  FetchSchedule schedule{FetchLimits{}};
  schedule.Succeeded(kStart, absl::Minutes(20));
  EXPECT_EQ(schedule.next(), kStart + absl::Minutes(15));
  EXPECT_EQ(schedule.good_until(), kStart + absl::Minutes(80));
}

TEST(FetchScheduleTest, WhatTheServerSaysIsTakenWithinBounds) {
  struct Case {
    std::optional<absl::Duration> said;
    absl::Duration taken;
  };
  for (const Case& one : {Case{std::nullopt, absl::Minutes(5)}, Case{absl::ZeroDuration(), absl::Minutes(1)},
                          Case{absl::Seconds(59), absl::Minutes(1)}, Case{absl::Hours(24), absl::Hours(24)},
                          Case{absl::Hours(2400), absl::Hours(24)}}) {
    FetchSchedule schedule{FetchLimits{}};
    schedule.Succeeded(kStart, one.said);
    EXPECT_EQ(schedule.good_until(), kStart + one.taken + absl::Hours(1));
  }
}

TEST(FetchScheduleTest, FailuresAreRepeatedEverMoreRarelyAndProlongNothing) {
  FetchSchedule schedule{FetchLimits{}};
  schedule.Succeeded(kStart, absl::Minutes(20));
  const absl::Time good_until = schedule.good_until();
  absl::Time now = kStart + absl::Minutes(15);
  for (const int seconds : {1, 2, 4, 8, 16, 32, 60, 60}) {
    schedule.Failed(now);
    EXPECT_EQ(schedule.next() - now, absl::Seconds(seconds));
    now = schedule.next();
  }
  EXPECT_EQ(schedule.good_until(), good_until);
  schedule.Succeeded(now, std::nullopt);
  schedule.Failed(now);
  EXPECT_EQ(schedule.next() - now, absl::Seconds(1));
}

TEST(FetchScheduleTest, UnknownKeysCauseOneAttemptAnInterval) {
  FetchSchedule schedule{FetchLimits{}};
  schedule.Succeeded(kStart, absl::Hours(1));
  EXPECT_TRUE(schedule.Missed());
  EXPECT_FALSE(schedule.Missed());
  EXPECT_EQ(schedule.next(), kStart + absl::Seconds(30));
  schedule.Succeeded(kStart + absl::Seconds(30), absl::Hours(1));
  EXPECT_EQ(schedule.next(), kStart + absl::Seconds(30) + absl::Minutes(45));
  schedule.Missed();
  EXPECT_EQ(schedule.next(), kStart + absl::Seconds(60));
}

TEST(FetchScheduleTest, UnknownKeyDelaysNoAttemptThatIsDue) {
  FetchSchedule schedule{FetchLimits{}};
  schedule.Failed(kStart);
  schedule.Missed();
  EXPECT_EQ(schedule.next(), kStart + absl::Seconds(1));
}

TEST(FreshnessTest, IsWhatCacheControlSaysLessTheAge) {
  struct Case {
    std::string cache_control;
    std::string age;
    std::optional<absl::Duration> freshness;
  };
  for (const Case& one : {
           Case{"", "", std::nullopt},
           Case{"public", "", std::nullopt},
           Case{"max-age=600", "", absl::Seconds(600)},
           Case{"public, Max-Age=600 , must-revalidate", "", absl::Seconds(600)},
           Case{"max-age=600", " 100 ", absl::Seconds(500)},
           Case{"max-age=600", "700", absl::ZeroDuration()},
           Case{"max-age=600", "-5", absl::Seconds(600)},
           Case{"max-age=600, max-age=60", "", absl::Seconds(60)},
           Case{"max-age=600, no-store", "", absl::ZeroDuration()},
           Case{"No-Cache", "", absl::ZeroDuration()},
           Case{"s-maxage=600", "", std::nullopt},
           Case{"max-age=", "", std::nullopt},
           Case{"max-age=-1", "", std::nullopt},
           Case{"max-age=1e9", "", std::nullopt},
           Case{"max-age=99999999999999999999", "", absl::Seconds(315'360'000)},
       }) {
    EXPECT_EQ(FreshnessOf(one.cache_control, one.age), one.freshness) << one.cache_control;
  }
}

}  // namespace
}  // namespace mcmig::token
