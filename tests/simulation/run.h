#ifndef TESTS_SIMULATION_RUN_H_
#define TESTS_SIMULATION_RUN_H_

#include <cstdint>
#include <optional>
#include <string>

#include "absl/time/time.h"
#include "tests/simulation/coverage.h"
#include "tests/simulation/dice.h"
#include "tests/simulation/events.h"
#include "tests/simulation/trace.h"

namespace mcmig::simulation {

// How often what goes wrong in one world: probabilities of each message, write, or step. Zero once the world is healed.
struct Faults {
  double crash = 0;           // of a process, at each of its crash points
  double drop = 0;            // of a message: who waits sees its deadline
  double reset = 0;           // of a connection, with a message on its way, which may yet arrive
  double duplicate = 0;       // of a request, soon after
  double late_duplicate = 0;  // of a request, up to several replay windows later
  double delay = 0;           // of a message, by seconds rather than milliseconds: reorders
  double disk = 0;            // of a write, which fails and may yet be there after a crash
};

// What all parts of one simulated world share. One thread.
struct Run {
  Run(uint64_t seed, Coverage& covered, bool print) : dice(seed), trace(print), coverage(covered) {}

  void Note(const std::string& event) { trace.Add(events.now() - Events::Start(), event); }
  // The first one counts.
  void Violate(const std::string& invariant) {
    Note("VIOLATED: " + invariant);
    if (!violation) violation = invariant;
  }
  void Fault(const std::string& kind) { coverage.Fault(kind); }

  Dice dice;
  Events events;
  Trace trace;
  Coverage& coverage;
  Faults faults;
  // How far the clock of a process is from the true time, at most.
  absl::Duration skew;
  std::optional<std::string> violation;
};

}  // namespace mcmig::simulation

#endif  // TESTS_SIMULATION_RUN_H_
