#ifndef TESTS_BENCH_SCENARIO_H_
#define TESTS_BENCH_SCENARIO_H_

#include <string>
#include <vector>

#include "absl/time/time.h"
#include "tests/bench/chain.h"

namespace mcmig::bench {

// One setting in which chains are compared.
struct Scenario {
  bool gateways = true;
  bool insecure = false;
  // Every request has a token that was never seen before; else all tokens were seen.
  bool cold = false;
  int in_flight = 64;

  // "gateways mTLS cold 64".
  [[nodiscard]] std::string Name() const;
  friend bool operator==(const Scenario&, const Scenario&) = default;
};

// In which neighbours of the product are compared (neighbours.h): far from what the machine can do.
inline constexpr Scenario kNeighboursScenario{.in_flight = 8};

// What one chain did in one round.
struct Round {
  double throughput = 0;  // migrations a second
  absl::Duration p50;
  absl::Duration p99;
  // CPU per migration of each member, in their order, and of the load generator.
  std::vector<absl::Duration> cpu = {};
  absl::Duration generator_cpu = absl::ZeroDuration();

  [[nodiscard]] absl::Duration TotalCpu() const;
};

// All rounds of one chain in one scenario.
struct Series {
  ChainKind kind = ChainKind::kDurable;
  std::vector<std::string> members = {};
  std::vector<Round> rounds = {};
  // Why the chain could not be measured, or not to the end; then it has no ratio. Empty where all went well.
  std::string error = {};
};

// All chains in one scenario; as many rounds of each, those of one index beside each other in time.
struct Measured {
  Scenario scenario;
  std::vector<Series> series = {};

  // Null where that chain was not measured.
  [[nodiscard]] const Series* Of(ChainKind kind) const;
};

}  // namespace mcmig::bench

#endif  // TESTS_BENCH_SCENARIO_H_
