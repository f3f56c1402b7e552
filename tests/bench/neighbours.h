#ifndef TESTS_BENCH_NEIGHBOURS_H_
#define TESTS_BENCH_NEIGHBOURS_H_

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "services/mcmig/load/exchange.h"
#include "tests/bench/chain.h"
#include "tests/bench/measure.h"
#include "tests/bench/scenario.h"
#include "tests/harness/silent_server.h"

namespace mcmig::bench {

// What users of one MC system notice of what another one does to the same servers: the product through both gateways,
// alone, while west leaves every call of south about its users unanswered, and while west sends ten times what north
// lets it. Both keep their share busy all the time: the circuit breaker does not end it within a round.
class Neighbours {
 public:
  Neighbours(const Binaries& binaries, const std::string& directory);

  // In short rounds of each, in turn.
  Measured Measure(const Rounds& rounds);

 private:
  absl::Status Start(const Binaries& binaries, const std::string& directory);
  // South's gateway asks west again, where it has given up.
  [[nodiscard]] absl::Status EndPause() const;
  // Runs `measure` while the plan's calls go on, none of which may succeed.
  absl::StatusOr<Round> Beside(const load::Plan& plan, const load::MakeExchange& calls,
                               const std::function<absl::StatusOr<Round>()>& measure) const;
  absl::StatusOr<Round> MeasureRound(ChainKind kind, const Rounds& rounds) const;

  const harness::SilentServer silent_;
  // Why it did not start; empty where it did.
  std::string error_;
  Chain chain_;
  std::vector<load::Visit> users_;
  std::vector<load::Visit> users_of_west_;
  std::shared_ptr<grpc::Channel> west_to_north_;
};

}  // namespace mcmig::bench

#endif  // TESTS_BENCH_NEIGHBOURS_H_
