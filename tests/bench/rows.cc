#include "tests/bench/rows.h"

#include <algorithm>
#include <cstddef>
#include <iterator>

#include "absl/algorithm/container.h"
#include "absl/functional/function_ref.h"
#include "absl/strings/str_cat.h"

namespace mcmig::bench {
namespace {

constexpr Scenario kGatewaysWarm{};
constexpr Scenario kGatewaysCold{.cold = true};
constexpr Scenario kDirectWarm{.gateways = false};
constexpr Scenario kDirectCold{.gateways = false, .cold = true};
constexpr Scenario kOneAtATime{.insecure = true, .in_flight = 1};
// Plain text, where encryption does not hide what the runtime costs.
constexpr Scenario kGatewaysInsecure{.insecure = true};

constexpr Target kTargets[] = {
    {.name = "gateway chain, durable, mTLS, tokens warm, throughput at 64 in flight / empty chain",
     .scenario = kGatewaysWarm,
     .numerator = ChainKind::kDurable,
     .denominator = ChainKind::kEmpty,
     .target = 0.80},
    {.name = "gateway chain, durable, mTLS, every token new (ES256), throughput at 64 in flight / empty chain",
     .scenario = kGatewaysCold,
     .numerator = ChainKind::kDurable,
     .denominator = ChainKind::kEmpty,
     .target = 0.55},
    {.name = "direct routing, durable, mTLS, tokens warm, throughput at 64 in flight / empty chain",
     .scenario = kDirectWarm,
     .numerator = ChainKind::kDurable,
     .denominator = ChainKind::kEmpty,
     .target = 0.75},
    {.name = "direct routing, durable, mTLS, every token new (ES256), throughput at 64 in flight / empty chain",
     .scenario = kDirectCold,
     .numerator = ChainKind::kDurable,
     .denominator = ChainKind::kEmpty,
     .target = 0.45},
    {.name = "gateway chain, volatile, insecure, tokens warm, p50 at 1 in flight / empty chain",
     .scenario = kOneAtATime,
     .numerator = ChainKind::kVolatile,
     .denominator = ChainKind::kEmpty,
     .figure = Figure::kP50,
     .at_most = true,
     .target = 1.25},
    {.name = "gateway chain, mTLS, tokens warm, throughput at 64 in flight, durable / volatile",
     .scenario = kGatewaysWarm,
     .numerator = ChainKind::kDurable,
     .denominator = ChainKind::kVolatile,
     .target = 0.85},
    {.name = "gateways, insecure, throughput at 64 in flight, empty chain / hand-written chain",
     .scenario = kGatewaysInsecure,
     .numerator = ChainKind::kEmpty,
     .denominator = ChainKind::kHandwritten,
     .target = 0.95},
    {.name = "gateway chain, mTLS, tokens warm, p99 at 8 in flight, while another partner MC system stalls / alone",
     .scenario = kNeighboursScenario,
     .numerator = ChainKind::kBesideStalled,
     .denominator = ChainKind::kDurable,
     .figure = Figure::kP99,
     .at_most = true,
     .target = 1.5},
    {.name = "gateway chain, mTLS, tokens warm, p99 at 8 in flight, while another partner MC system floods / alone",
     .scenario = kNeighboursScenario,
     .numerator = ChainKind::kBesideFlooding,
     .denominator = ChainKind::kDurable,
     .figure = Figure::kP99,
     .at_most = true,
     .target = 1.5},
};

std::optional<Ratio> RatioOf(const Series& numerator, const Series& denominator,
                             absl::FunctionRef<double(const Round&)> value) {
  if (!numerator.error.empty() || !denominator.error.empty()) return std::nullopt;
  if (numerator.rounds.empty() || numerator.rounds.size() != denominator.rounds.size()) return std::nullopt;
  std::vector<double> ratios;
  for (size_t i = 0; i < numerator.rounds.size(); ++i) {
    const double divisor = value(denominator.rounds[i]);
    if (divisor <= 0) return std::nullopt;
    ratios.push_back(value(numerator.rounds[i]) / divisor);
  }
  std::sort(ratios.begin(), ratios.end());
  return Ratio{.median = Median(ratios), .low = ratios[ratios.size() / 4], .high = ratios[ratios.size() * 3 / 4]};
}

std::optional<Ratio> RatioOf(Figure figure, const Series& numerator, const Series& denominator) {
  switch (figure) {
    case Figure::kThroughput:
      return ThroughputRatio(numerator, denominator);
    case Figure::kP50:
      return P50Ratio(numerator, denominator);
    case Figure::kP99:
      return P99Ratio(numerator, denominator);
  }
  return std::nullopt;
}

Row RowOf(const Target& target, const Measured* measured) {
  Row row{.target = &target};
  const Series* numerator = measured == nullptr ? nullptr : measured->Of(target.numerator);
  const Series* denominator = measured == nullptr ? nullptr : measured->Of(target.denominator);
  if (numerator == nullptr || denominator == nullptr) {
    row.why = "not measured";
    return row;
  }
  for (const Series* series : {numerator, denominator}) {
    if (series->error.empty()) continue;
    row.why = absl::StrCat(NameOf(series->kind), " chain: ", series->error);
    return row;
  }
  row.ratio = RatioOf(target.figure, *numerator, *denominator);
  if (!row.ratio.has_value()) {
    row.why = "no rounds";
  } else {
    row.met = target.at_most ? row.ratio->median <= target.target : row.ratio->median >= target.target;
  }
  return row;
}

}  // namespace

double Median(std::vector<double> values) {
  if (values.empty()) return 0;
  std::sort(values.begin(), values.end());
  const size_t middle = values.size() / 2;
  return values.size() % 2 == 1 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
}

std::optional<Ratio> ThroughputRatio(const Series& numerator, const Series& denominator) {
  return RatioOf(numerator, denominator, [](const Round& round) { return round.throughput; });
}

std::optional<Ratio> P50Ratio(const Series& numerator, const Series& denominator) {
  return RatioOf(numerator, denominator, [](const Round& round) { return absl::ToDoubleMicroseconds(round.p50); });
}

std::optional<Ratio> P99Ratio(const Series& numerator, const Series& denominator) {
  return RatioOf(numerator, denominator, [](const Round& round) { return absl::ToDoubleMicroseconds(round.p99); });
}

std::optional<Ratio> CpuRatio(const Series& numerator, const Series& denominator) {
  return RatioOf(numerator, denominator,
                 [](const Round& round) { return absl::ToDoubleMicroseconds(round.TotalCpu()); });
}

absl::Span<const Target> Targets() { return kTargets; }

std::vector<Row> RowsOf(absl::Span<const Measured> measured) {
  std::vector<Row> rows;
  for (const Target& target : kTargets) {
    const auto found = absl::c_find_if(measured, [&](const Measured& one) { return one.scenario == target.scenario; });
    rows.push_back(RowOf(target, found == measured.end() ? nullptr : &*found));
  }
  return rows;
}

}  // namespace mcmig::bench
