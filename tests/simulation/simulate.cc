#include "tests/simulation/simulate.h"

#include "tests/simulation/workload.h"
#include "tests/simulation/world.h"

namespace mcmig::simulation {
namespace {

constexpr absl::Duration kActive = absl::Minutes(5);
// Longer than the latest duplicate takes, and than a migration is authorized for.
constexpr absl::Duration kCalm = absl::Minutes(10);

// Each kind of fault is rare, frequent or left out: what is rare together with all others is not found by doing
// everything at once.
Faults ChooseFaults(Dice& dice) {
  const auto rate = [&dice](double rare, double frequent) {
    const size_t choice = dice.Below(3);
    return choice == 0 ? 0.0 : choice == 1 ? rare : frequent;
  };
  Faults faults;
  faults.crash = rate(0.002, 0.02);
  faults.drop = rate(0.02, 0.15);
  faults.reset = rate(0.02, 0.15);
  faults.duplicate = rate(0.05, 0.3);
  faults.late_duplicate = rate(0.05, 0.3);
  faults.delay = rate(0.1, 0.5);
  faults.disk = rate(0.01, 0.1);
  return faults;
}

}  // namespace

Outcome Simulate(uint64_t seed, Setting& setting, Coverage& coverage, bool print) {
  World world(seed, setting, coverage, print);
  Run& run = world.run();
  run.faults = ChooseFaults(run.dice);
  Workload workload(world);
  workload.Plan(kActive);
  world.RunUntil(Events::Start() + kActive);
  world.Heal();
  world.RunUntil(Events::Start() + kActive + kCalm);
  if (!run.violation) world.model().Quiet(true, world.restored());
  coverage.Steps(run.trace.count());
  return {run.trace.hash(), run.violation, run.trace.Last()};
}

}  // namespace mcmig::simulation
