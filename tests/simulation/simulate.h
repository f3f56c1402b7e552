#ifndef TESTS_SIMULATION_SIMULATE_H_
#define TESTS_SIMULATION_SIMULATE_H_

#include <cstdint>
#include <optional>
#include <string>

#include "tests/simulation/coverage.h"
#include "tests/simulation/setting.h"

namespace mcmig::simulation {

// What became of one seed.
struct Outcome {
  // Of all that happened: the same whenever the seed is run.
  uint64_t trace_hash = 0;
  // The first invariant that did not hold, and the last events before and at it.
  std::optional<std::string> violation;
  std::string trace;
};

// Runs one world from its beginning until it has been healed and is quiet, or an invariant does not hold. `print`:
// every event goes to stdout.
Outcome Simulate(uint64_t seed, Setting& setting, Coverage& coverage, bool print = false);

}  // namespace mcmig::simulation

#endif  // TESTS_SIMULATION_SIMULATE_H_
