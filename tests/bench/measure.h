#ifndef TESTS_BENCH_MEASURE_H_
#define TESTS_BENCH_MEASURE_H_

#include <cstddef>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "services/mcmig/load/exchange.h"
#include "services/mcmig/load/generator.h"
#include "tests/bench/chain.h"
#include "tests/bench/scenario.h"

namespace mcmig::bench {

// Many enough that nobody reaches the request memory's limit (docs/register.md), few enough that the partner MC service
// server remembers all their tokens (16,384).
inline constexpr int kUsers = 8192;
// Longest time for one answer.
inline constexpr absl::Duration kTimeout = absl::Seconds(10);

// How long a round of one chain lasts; `warm_up` of it is not counted.
struct Rounds {
  int count = 1;
  absl::Duration warm_up = absl::Milliseconds(250);
  absl::Duration length = absl::Seconds(1);
};

// Of so many requests of load users, each with a token of its own that was never seen.
absl::StatusOr<std::vector<load::Visit>> MakeVisits(const harness::Deployment& deployment, size_t count);

// OK where every call succeeded.
absl::Status FailuresOf(const load::LoadResult& result);

// One round of a chain: `plan` with `calls`, after `warm_up` of it with `warm`. An error where a call failed or a
// process has gone.
absl::StatusOr<Round> MeasureRound(const Chain& chain, const load::Plan& plan, absl::Duration warm_up,
                                   const load::MakeExchange& warm, const load::MakeExchange& calls);

}  // namespace mcmig::bench

#endif  // TESTS_BENCH_MEASURE_H_
