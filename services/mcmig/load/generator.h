#ifndef SERVICES_MCMIG_LOAD_GENERATOR_H_
#define SERVICES_MCMIG_LOAD_GENERATOR_H_

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <string>

#include "absl/time/time.h"
#include "services/mcmig/load/exchange.h"
#include "services/mcmig/load/histogram.h"
#include "services/mcmig/load/schedule.h"

namespace mcmig::load {

// What became of a load, or of the part of it until now.
struct LoadResult {
  // Of every call that ended, from when it was meant to be sent (which in a closed loop is when it was) to its end.
  Histogram latency;
  uint64_t succeeded = 0;
  // By what Exchange::Finish says.
  std::map<std::string, uint64_t> failures;
  // Open loop only, see Schedule.
  uint64_t delayed = 0;
  uint64_t unsent = 0;
  // From the start to the last end of a call.
  absl::Duration elapsed;

  // Calls that ended.
  [[nodiscard]] uint64_t ended() const { return latency.count(); }
  // Calls that ended, a second.
  [[nodiscard]] double throughput() const;
  // At least one call, no failure, and nothing left unsent.
  [[nodiscard]] bool AllSucceeded() const { return succeeded > 0 && succeeded == ended() && unsent == 0; }
};

struct LoadWatch {
  // Called about once a second on the calling thread, with all until now; none where empty.
  std::function<void(const LoadResult& until_now, int in_flight)> progress;
  // Set to end the load before its time; null where nobody can.
  const std::atomic<bool>* stop = nullptr;
};

// Makes the calls of `plan`, each within its deadline, and returns when the last has ended. Takes one thread, and in an
// open loop a second one that sends.
LoadResult RunLoad(const Plan& plan, const MakeExchange& make_exchange, const LoadWatch& watch = {});

}  // namespace mcmig::load

#endif  // SERVICES_MCMIG_LOAD_GENERATOR_H_
