#include <chrono>
#include <cstdint>
#include <iostream>
#include <optional>

#include "CLI/CLI.hpp"
#include "absl/strings/str_format.h"
#include "tests/simulation/simulate.h"

namespace mcmig::simulation {
namespace {

struct Options {
  uint64_t seeds = 100;
  uint64_t first = 1;
  std::optional<uint64_t> seed;
  size_t failures = 10;
  bool trace = false;
  bool points = false;
};

void Report(uint64_t seed, const Outcome& outcome) {
  std::cout << outcome.trace << '\n'
            << "seed " << seed << ": " << *outcome.violation << "\nreplay: ./dev simulate --seed " << seed << '\n';
}

int Main(const Options& options) {
  Setting setting;
  Coverage coverage;
  const uint64_t first = options.seed.value_or(options.first);
  const uint64_t count = options.seed ? 1 : options.seeds;
  size_t failed = 0;
  uint64_t hash = 0;
  const auto began = std::chrono::steady_clock::now();
  for (uint64_t seed = first; seed < first + count; ++seed) {
    const Outcome outcome = Simulate(seed, setting, coverage, options.trace);
    hash = hash * 31 + outcome.trace_hash;
    if (!outcome.violation) continue;
    Report(seed, outcome);
    if (++failed == options.failures) break;
  }
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - began;
  if (options.points) std::cout << coverage.Details();
  std::cout << coverage.Line(count, took.count()) << '\n' << absl::StrFormat("trace %016x", hash) << '\n';
  return failed == 0 ? 0 : 1;
}

}  // namespace
}  // namespace mcmig::simulation

// Nothing that it throws is worth more than an end with a message.
// NOLINTNEXTLINE(bugprone-exception-escape)
int main(int argc, char** argv) {
  CLI::App app(
      "Runs whole MC systems in one thread, each world as its seed says, and checks the register's invariants");
  mcmig::simulation::Options options;
  app.add_option("--seeds", options.seeds, "how many, one after the other (100)")->check(CLI::PositiveNumber);
  app.add_option("--first", options.first, "the first of them (1)");
  app.add_option("--seed", options.seed, "only this one");
  app.add_option("--failures", options.failures, "end after so many seeds that fail (10)")->check(CLI::PositiveNumber);
  app.add_flag("--trace", options.trace, "print every event");
  app.add_flag("--points", options.points, "print each crash point, with how often a process crashed there");
  CLI11_PARSE(app, argc, argv);
  return mcmig::simulation::Main(options);
}
