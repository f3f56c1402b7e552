#ifndef COMMON_OPS_PROCESS_METRICS_H_
#define COMMON_OPS_PROCESS_METRICS_H_

#include "common/ops/metrics.h"

namespace mcmig::ops {

// What every process tells: its version, how long it has been up, and Prometheus' standard process_* series (CPU time,
// memory, file descriptors, start). Uptime is counted from this call, by a clock that nobody sets.
void AddProcessMetrics(Metrics& metrics);

}  // namespace mcmig::ops

#endif  // COMMON_OPS_PROCESS_METRICS_H_
