#ifndef TESTS_BENCH_PROFILE_H_
#define TESTS_BENCH_PROFILE_H_

#include <string>
#include <vector>

#include "tests/bench/scenario.h"
#include "tests/bench/stage.h"

namespace mcmig::bench {

// Where the time of a target that is not met goes.
struct Profile {
  struct Member {
    std::string name;
    // Medians, per migration.
    absl::Duration cpu;
    absl::Duration cpu_of_other;
  };
  struct Symbol {
    double percent = 0;
    std::string name;
  };

  size_t row = 0;
  // The target's first chain against its second.
  std::vector<Member> members = {};
  // The member whose CPU differs the most, and what perf saw in it; `symbols` is empty where there is no perf, and
  // `why` says so.
  std::string process = {};
  std::vector<Symbol> symbols = {};
  std::string why = {};
};

// CPU by member, from what was measured.
Profile CompareCpu(size_t row, const Series& chain, const Series& other);
// Adds the symbols, from an extra round under perf (Debian's linux-perf).
void AddSymbols(Profile& profile, Stage& stage, const Scenario& scenario, ChainKind kind);

}  // namespace mcmig::bench

#endif  // TESTS_BENCH_PROFILE_H_
