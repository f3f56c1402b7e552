#include "services/mcmig/load/histogram.h"

#include <cmath>
#include <cstdint>
#include <limits>

#include "gtest/gtest.h"

namespace mcmig::load {
namespace {

TEST(HistogramTest, KnowsNothingAtFirst) {
  const Histogram histogram;
  EXPECT_EQ(histogram.count(), 0U);
  EXPECT_EQ(histogram.Percentile(50), absl::ZeroDuration());
  EXPECT_EQ(histogram.max(), absl::ZeroDuration());
}

TEST(HistogramTest, SmallValuesAreExact) {
  Histogram histogram;
  for (int i = 1; i <= 200; ++i) histogram.Record(absl::Nanoseconds(i));
  EXPECT_EQ(histogram.Percentile(50), absl::Nanoseconds(100));
  EXPECT_EQ(histogram.Percentile(99), absl::Nanoseconds(198));
  EXPECT_EQ(histogram.Percentile(0.5), absl::Nanoseconds(1));
  EXPECT_EQ(histogram.Percentile(100), absl::Nanoseconds(200));
}

TEST(HistogramTest, EveryValueIsKnownWithinOneIn128) {
  // All powers of two and what is beside them, where buckets change their width.
  for (int power = 0; power < 62; ++power) {
    for (const int64_t beside : {-1, 0, 1, 12345}) {
      const int64_t value = (int64_t{1} << power) + beside;
      if (value < 0) continue;
      Histogram histogram;
      histogram.Record(absl::Nanoseconds(value));
      // So that the maximum does not hide how far the bucket reaches.
      histogram.Record(absl::Nanoseconds(std::numeric_limits<int64_t>::max()));
      const int64_t found = absl::ToInt64Nanoseconds(histogram.Percentile(50));
      EXPECT_GE(found, value);
      EXPECT_LE(static_cast<double>(found - value), static_cast<double>(value) / 128) << value;
    }
  }
}

TEST(HistogramTest, PercentileNeverExceedsTheMaximum) {
  Histogram histogram;
  histogram.Record(absl::Nanoseconds(1'000'003));
  EXPECT_EQ(histogram.Percentile(99.9), absl::Nanoseconds(1'000'003));
  EXPECT_EQ(histogram.max(), absl::Nanoseconds(1'000'003));
}

TEST(HistogramTest, OneSlowCallInAThousandIsSeenAtTheEndOnly) {
  Histogram histogram;
  for (int i = 0; i < 999; ++i) histogram.Record(absl::Milliseconds(1));
  histogram.Record(absl::Seconds(2));
  EXPECT_LT(histogram.Percentile(99.9), absl::Microseconds(1008));
  EXPECT_EQ(histogram.Percentile(99.95), absl::Seconds(2));
}

TEST(HistogramTest, NegativeDurationCountsAsZero) {
  Histogram histogram;
  histogram.Record(absl::Nanoseconds(-5));
  EXPECT_EQ(histogram.count(), 1U);
  EXPECT_EQ(histogram.Percentile(50), absl::ZeroDuration());
}

TEST(HistogramTest, TwoAddUp) {
  Histogram one;
  Histogram other;
  for (int i = 1; i <= 100; ++i) (i % 2 == 0 ? one : other).Record(absl::Nanoseconds(i));
  one.Add(other);
  EXPECT_EQ(one.count(), 100U);
  EXPECT_EQ(one.Percentile(50), absl::Nanoseconds(50));
  EXPECT_EQ(one.max(), absl::Nanoseconds(100));
}

}  // namespace
}  // namespace mcmig::load
