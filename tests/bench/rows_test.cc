#include "tests/bench/rows.h"

#include "absl/strings/match.h"
#include "gtest/gtest.h"
#include "tests/bench/report.h"

namespace mcmig::bench {
namespace {

Round At(double throughput, absl::Duration p50 = absl::Milliseconds(1)) {
  return {.throughput = throughput, .p50 = p50, .p99 = 2 * p50, .cpu = {absl::Microseconds(50)}};
}

Series Of(ChainKind kind, std::vector<Round> rounds) {
  return {.kind = kind, .members = {"partner_server"}, .rounds = std::move(rounds)};
}

constexpr Scenario kGatewaysWarm{};

// The row of the first target, or of that with this numerator and denominator.
const Row& RowFor(const std::vector<Row>& rows, ChainKind numerator, ChainKind denominator) {
  for (const Row& row : rows) {
    if (row.target->numerator == numerator && row.target->denominator == denominator) return row;
  }
  return rows.front();
}

TEST(RowsTest, RatioIsThatOfTheRoundsBesideEachOther) {
  // The machine was ten times slower in the second round: the ratio of the medians would say something else.
  const auto ratio = ThroughputRatio(Of(ChainKind::kDurable, {At(800), At(80), At(900)}),
                                     Of(ChainKind::kEmpty, {At(1000), At(100), At(1000)}));
  ASSERT_TRUE(ratio.has_value());
  EXPECT_DOUBLE_EQ(ratio->median, 0.8);
  EXPECT_DOUBLE_EQ(ratio->low, 0.8);
  EXPECT_DOUBLE_EQ(ratio->high, 0.9);
}

TEST(RowsTest, NoRatioWithoutPairs) {
  const Series two = Of(ChainKind::kDurable, {At(1), At(1)});
  EXPECT_FALSE(ThroughputRatio(two, Of(ChainKind::kEmpty, {At(1)})).has_value());
  EXPECT_FALSE(ThroughputRatio(Of(ChainKind::kDurable, {}), Of(ChainKind::kEmpty, {})).has_value());
  EXPECT_FALSE(ThroughputRatio(two, Of(ChainKind::kEmpty, {At(0), At(1)})).has_value());
}

TEST(RowsTest, MedianOfAnEvenNumberIsInTheMiddle) {
  EXPECT_DOUBLE_EQ(Median({4, 1, 2, 3}), 2.5);
  EXPECT_DOUBLE_EQ(Median({3, 1, 2}), 2);
  EXPECT_DOUBLE_EQ(Median({}), 0);
}

TEST(RowsTest, EveryTargetHasItsRowAlthoughNothingWasMeasured) {
  const std::vector<Row> rows = RowsOf({});
  ASSERT_EQ(rows.size(), 9U);
  for (const Row& row : rows) {
    EXPECT_FALSE(row.met);
    EXPECT_EQ(row.why, "not measured");
  }
}

TEST(RowsTest, TargetOfThroughputIsALeastValue) {
  for (const double product : {799.0, 800.0, 801.0}) {
    const Measured measured{.scenario = kGatewaysWarm,
                            .series = {Of(ChainKind::kDurable, {At(product)}), Of(ChainKind::kEmpty, {At(1000)})}};
    const std::vector<Row> rows = RowsOf({&measured, 1});
    EXPECT_EQ(rows.front().met, product >= 800) << product;
    EXPECT_DOUBLE_EQ(rows.front().ratio->median, product / 1000);
  }
}

TEST(RowsTest, TargetOfLatencyIsAGreatestValue) {
  for (const int microseconds : {1250, 1251}) {
    const Measured measured{.scenario = {.insecure = true, .in_flight = 1},
                            .series = {Of(ChainKind::kVolatile, {At(1, absl::Microseconds(microseconds))}),
                                       Of(ChainKind::kEmpty, {At(1, absl::Microseconds(1000))})}};
    const std::vector<Row> rows = RowsOf({&measured, 1});
    const Row& row = RowFor(rows, ChainKind::kVolatile, ChainKind::kEmpty);
    EXPECT_EQ(row.met, microseconds == 1250);
    EXPECT_NEAR(row.ratio->median, microseconds / 1000.0, 1e-9);
  }
}

TEST(RowsTest, ChainThatFailedMeetsNothing) {
  Series failing = Of(ChainKind::kDurable, {At(5000), At(5000)});
  failing.error = "3 of 100 calls failed: UNAVAILABLE 3";
  const Measured measured{.scenario = kGatewaysWarm, .series = {failing, Of(ChainKind::kEmpty, {At(1000), At(1000)})}};
  const Row row = RowsOf({&measured, 1}).front();
  EXPECT_FALSE(row.met);
  EXPECT_FALSE(row.ratio.has_value());
  EXPECT_EQ(row.why, "durable chain: 3 of 100 calls failed: UNAVAILABLE 3");
  Report report;
  report.measured = {measured};
  report.rows = RowsOf(report.measured);
  const auto json = ToJson(report);
  EXPECT_EQ(json["rows"][0]["why"], row.why);
  EXPECT_EQ(json["absolutes"]["gateways mTLS warm 64"]["durable"]["error"], failing.error);
}

TEST(ReportTest, JsonHasARowForEachTargetAndWhatPlotsNeed) {
  Report report;
  report.measured.push_back({.scenario = kGatewaysWarm,
                             .series = {Of(ChainKind::kDurable, {At(900)}), Of(ChainKind::kEmpty, {At(1000)}),
                                        Of(ChainKind::kEmptyAgain, {At(990)})}});
  report.rows = RowsOf(report.measured);
  const auto json = ToJson(report);
  ASSERT_EQ(json["rows"].size(), 9U);
  const auto& met = json["rows"][0];
  EXPECT_EQ(met["ratio"], 0.9);
  EXPECT_EQ(met["target"], 0.8);
  EXPECT_EQ(met["met"], true);
  EXPECT_EQ(met["comparison"], "at least");
  EXPECT_TRUE(absl::StrContains(met["name"].get<std::string>(), "gateway chain, durable, mTLS, tokens warm"));
  EXPECT_TRUE(json["rows"][1]["ratio"].is_null());
  EXPECT_EQ(json["rows"][1]["met"], false);
  EXPECT_EQ(json["rows"][1]["why"], "not measured");
  EXPECT_EQ(json["control"]["gateways mTLS warm 64"]["ratio"], 0.99);
  EXPECT_EQ(json["ratios"]["gateways mTLS warm 64"]["durable"]["cpu"]["ratio"], 1);
  EXPECT_EQ(json["absolutes"]["gateways mTLS warm 64"]["durable"]["throughput"], 900);
  EXPECT_EQ(json["absolutes"]["gateways mTLS warm 64"]["durable"]["cpu_us"]["partner_server"], 50);
}

TEST(ReportTest, RowsComeFirstInTheText) {
  Report report;
  report.rows = RowsOf({});
  const std::string text = ToText(report);
  EXPECT_TRUE(absl::StrContains(text.substr(0, text.find('A')), "NO  gateway chain, durable, mTLS, tokens warm"));
}

}  // namespace
}  // namespace mcmig::bench
