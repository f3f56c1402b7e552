#ifndef SERVICES_MCMIG_LOAD_OUTPUT_H_
#define SERVICES_MCMIG_LOAD_OUTPUT_H_

#include <string>

#include "services/mcmig/load/generator.h"

namespace mcmig::cli {

// "12 s  5012/s  succeeded 60144  failed 0  in flight 64  p50 1.25 ms  p99 4.61 ms": what was done until now, and how
// many calls have ended a second since `before`, the second before.
std::string ProgressLine(const load::LoadResult& now, const load::LoadResult& before, int in_flight);

// The whole, for people: several lines.
std::string LoadText(const load::LoadResult& result);
// … and as one JSON object:
//   {"requests", "succeeded", "failed": {CODE OR CAUSE: count}, "delayed", "unsent", "seconds", "throughput",
//    "latency_ms": {"p50", "p90", "p99", "p99.9", "max"}}
std::string LoadJson(const load::LoadResult& result);

}  // namespace mcmig::cli

#endif  // SERVICES_MCMIG_LOAD_OUTPUT_H_
