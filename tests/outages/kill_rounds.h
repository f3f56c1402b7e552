#ifndef TESTS_OUTAGES_KILL_ROUNDS_H_
#define TESTS_OUTAGES_KILL_ROUNDS_H_

#include <cstdint>
#include <string>
#include <vector>

#include "tests/harness/deployment.h"

namespace mcmig::outages {

// Load users that one round takes; no two rounds the same.
inline constexpr int kUsersOfARound = 240;

struct RoundReport {
  // One line: who was killed when, and what became of the load.
  std::string line;
  // What does not hold afterwards; empty where all does.
  std::vector<std::string> violations;
};

// A load of `migrations` migrations, through which partner server, gateways and primary server are killed and
// restarted: three times, one or several of them at once, some once more while they start. `seed` says who and when,
// though what they are doing at that moment differs from run to run. Then both registers are verified. `round`, from 0,
// says whose users are migrated; the deployment, in the shape with both gateways, has that many.
RoundReport RunKillRound(harness::Deployment& deployment, int round, uint64_t seed, int migrations);

}  // namespace mcmig::outages

#endif  // TESTS_OUTAGES_KILL_ROUNDS_H_
