#include "common/ops/metrics.h"

#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "common/ops/testing/exposition.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace mcmig::ops {
namespace {

using testing::Exposition;
using ::testing::HasSubstr;
using ::testing::Not;
using testing::ParseExposition;

constexpr Family kCalls = {"mcmig_calls_total", "Calls."};
constexpr Family kDepth = {"mcmig_depth", "Depth."};
constexpr Family kTimes = {"mcmig_times_seconds", "Times."};

TEST(Metrics, TheSameNameAndLabelsAreTheSameSeries) {
  Metrics metrics;
  metrics.AddCounter(kCalls, {{"code", "OK"}}).Add();
  metrics.AddCounter(kCalls, {{"code", "OK"}}).Add(2);
  metrics.AddCounter(kCalls, {{"code", "INTERNAL"}}).Add();
  const Exposition now = ParseExposition(metrics.Text());
  EXPECT_EQ(now.types.at("mcmig_calls_total"), "counter");
  EXPECT_EQ(now.samples.size(), 2U);
  EXPECT_EQ(now.Sum("mcmig_calls_total", {{"code", "OK"}}), 3);
  EXPECT_EQ(now.Sum("mcmig_calls_total"), 4);
}

TEST(Metrics, GaugeIsTheLastValueSet) {
  Metrics metrics;
  const Gauge gauge = metrics.AddGauge(kDepth);
  gauge.Set(7);
  gauge.Set(5);
  EXPECT_EQ(ParseExposition(metrics.Text()).Sum("mcmig_depth"), 5);
}

TEST(Metrics, HistogramCountsByUpperBound) {
  Metrics metrics;
  const Histogram histogram = metrics.AddHistogram(kTimes, {}, kDurationBounds);
  histogram.Observe(0.0001);  // a bound belongs to its bucket
  histogram.Observe(0.0002);
  histogram.Observe(60);
  const Exposition now = ParseExposition(metrics.Text());
  EXPECT_EQ(now.Sum("mcmig_times_seconds_bucket", {{"le", "0.0001"}}), 1);
  EXPECT_EQ(now.Sum("mcmig_times_seconds_bucket", {{"le", "0.00025"}}), 2);
  EXPECT_EQ(now.Sum("mcmig_times_seconds_bucket", {{"le", "10"}}), 2);
  EXPECT_EQ(now.Sum("mcmig_times_seconds_bucket", {{"le", "+Inf"}}), 3);
  EXPECT_EQ(now.Sum("mcmig_times_seconds_count"), 3);
}

TEST(Metrics, ReadSeriesAreReadWhenAskedForAndMayBeAbsent) {
  Metrics metrics;
  std::optional<double> depth;
  metrics.ReadGauge(kDepth, {{"register", "a"}}, [&depth] { return depth; });
  metrics.ReadGauge(kDepth, {{"register", "b"}}, [] { return 1; });
  metrics.ReadCounter(kCalls, {}, [] { return 2; });
  Exposition now = ParseExposition(metrics.Text());
  EXPECT_EQ(now.Sum("mcmig_depth", {{"register", "a"}}), std::nullopt);
  EXPECT_EQ(now.Sum("mcmig_depth", {{"register", "b"}}), 1);
  EXPECT_EQ(now.Sum("mcmig_calls_total"), 2);
  EXPECT_EQ(now.types.at("mcmig_calls_total"), "counter");
  depth = 9;
  EXPECT_EQ(ParseExposition(metrics.Text()).Sum("mcmig_depth", {{"register", "a"}}), 9);
}

TEST(Metrics, AFamilyWithoutSeriesIsNotShown) {
  Metrics metrics;
  metrics.ReadGauge(kDepth, {}, []() -> std::optional<double> { return std::nullopt; });
  EXPECT_THAT(metrics.Text(), Not(HasSubstr("mcmig_depth")));
}

TEST(Metrics, DefaultMadeHandlesMeasureNothing) {
  Counter().Add();
  Gauge().Set(1);
  Histogram().Observe(1);
}

TEST(Metrics, ManyThreadsMeasureAndAskAtOnce) {
  constexpr int kThreads = 4;
  constexpr int kRounds = 1000;
  Metrics metrics;
  const Counter counter = metrics.AddCounter(kCalls);
  std::vector<std::thread> threads;
  threads.reserve(kThreads);
  for (int i = 0; i < kThreads; ++i) {
    threads.emplace_back([&, i] {
      for (int round = 0; round < kRounds; ++round) {
        counter.Add();
        metrics.AddHistogram(kTimes, {{"thread", std::to_string(i)}}, kDurationBounds).Observe(0.001);
        if (round % 100 == 0) EXPECT_THAT(metrics.Text(), HasSubstr("mcmig_calls_total"));
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  const Exposition now = ParseExposition(metrics.Text());
  EXPECT_EQ(now.Sum("mcmig_calls_total"), kThreads * kRounds);
  EXPECT_EQ(now.Sum("mcmig_times_seconds_count"), kThreads * kRounds);
}

}  // namespace
}  // namespace mcmig::ops
