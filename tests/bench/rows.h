#ifndef TESTS_BENCH_ROWS_H_
#define TESTS_BENCH_ROWS_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/types/span.h"
#include "tests/bench/scenario.h"

namespace mcmig::bench {

// Ratios of two chains, paired round by round: what happens to the machine happens to both.
struct Ratio {
  double median = 0;
  // A quarter of the rounds is below, a quarter above.
  double low = 0;
  double high = 0;
};
// Empty where there are no rounds, or not as many of both.
std::optional<Ratio> ThroughputRatio(const Series& numerator, const Series& denominator);
std::optional<Ratio> P50Ratio(const Series& numerator, const Series& denominator);
std::optional<Ratio> P99Ratio(const Series& numerator, const Series& denominator);
std::optional<Ratio> CpuRatio(const Series& numerator, const Series& denominator);
// The middle one; of an even number the mean of both in the middle. 0 of none.
double Median(std::vector<double> values);

// What of two chains is compared.
enum class Figure { kThroughput, kP50, kP99 };

// A target: docs/performance.md has the table.
struct Target {
  const char* name;
  Scenario scenario;
  ChainKind numerator;
  ChainKind denominator;
  Figure figure = Figure::kThroughput;
  bool at_most = false;  // else at least
  double target = 0;
};
absl::Span<const Target> Targets();

// What became of a target.
struct Row {
  const Target* target = nullptr;
  // Empty where it could not be measured; then it is not met.
  std::optional<Ratio> ratio = std::nullopt;
  bool met = false;
  // Why it is not met although the ratio may be; empty where it is only the ratio.
  std::string why = {};
};
// One row for each target, in order. A chain whose calls failed has no ratio.
std::vector<Row> RowsOf(absl::Span<const Measured> measured);

}  // namespace mcmig::bench

#endif  // TESTS_BENCH_ROWS_H_
