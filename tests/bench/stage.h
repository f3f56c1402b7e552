#ifndef TESTS_BENCH_STAGE_H_
#define TESTS_BENCH_STAGE_H_

#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "services/mcmig/load/exchange.h"
#include "tests/bench/chain.h"
#include "tests/bench/measure.h"
#include "tests/bench/scenario.h"

namespace mcmig::bench {

// All chains of one shape and transport, running side by side and measured in turn.
class Stage {
 public:
  // Starts the chains and lets them see every user's token once. Those of which that fails are not measured.
  Stage(const Binaries& binaries, const std::string& directory, bool gateways, bool insecure);

  // Short rounds of each chain in turn, each time beginning with another, so that what the machine does besides falls
  // on all alike. A chain that fails a single call is not measured any further. The scenario has the shape and
  // transport of this stage.
  Measured Measure(const Scenario& scenario, const Rounds& rounds);

  // Runs `watch` while the chain works on the scenario, at least for `length`; for profiles. NOT_FOUND where it did not
  // start.
  absl::Status WhileLoaded(const Scenario& scenario, ChainKind kind, absl::Duration length,
                           absl::FunctionRef<void(const Chain&)> watch);

 private:
  struct Contestant {
    ChainKind kind = ChainKind::kDurable;
    // Why it did not start; empty where it did.
    std::string error = {};
    Chain chain = {};
    // One for each user; seen.
    std::vector<load::Visit> warm = {};
    double throughput = 0;  // of the last round
  };

  absl::Status Start(Contestant& contestant, const Binaries& binaries, const std::string& directory,
                     const ChainOptions& options);
  // Visits for one round, each with a token that this chain has not seen.
  absl::StatusOr<std::vector<load::Visit>> NewVisits(Contestant& contestant, int in_flight, absl::Duration length);
  // An error where a call failed or a process has gone.
  absl::StatusOr<Round> MeasureRound(Contestant& contestant, const Scenario& scenario, const Rounds& rounds);

  // Whose certificates and tokens are those of the chains that have none of their own: the first.
  std::vector<Contestant> contestants_;
};

}  // namespace mcmig::bench

#endif  // TESTS_BENCH_STAGE_H_
