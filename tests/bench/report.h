#ifndef TESTS_BENCH_REPORT_H_
#define TESTS_BENCH_REPORT_H_

#include <string>
#include <vector>

#include "nlohmann/json.hpp"
#include "tests/bench/profile.h"
#include "tests/bench/rows.h"
#include "tests/bench/scenario.h"

namespace mcmig::bench {

// What was measured, where.
struct Report {
  bool quick = false;
  absl::Duration took;
  std::vector<Measured> measured;
  std::vector<Row> rows;
  std::vector<Profile> profiles;
};

// For people: ratios first.
std::string ToText(const Report& report);

// For programs and plots:
//   rows       one for each target: {"name", "ratio" (null: not measured), "target", "met", "comparison": "at least" or
//              "at most", "quartiles": [low, high], "rounds", "why"}
//   control    A/A: two equal empty chains, ratios by scenario
//   ratios     every chain ÷ empty chain, by scenario
//   absolutes  by scenario and chain: throughput (1/s), p50 and p99 (µs), CPU (µs per migration) of each process and of
//              the load generator; medians
//   profiles   CPU and symbols for every row that is not met
//   machine, quick, seconds, and the commit: "unknown" where this is no release build
nlohmann::ordered_json ToJson(const Report& report);

}  // namespace mcmig::bench

#endif  // TESTS_BENCH_REPORT_H_
