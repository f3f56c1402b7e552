#ifndef COMMON_OPS_INSTRUMENTS_H_
#define COMMON_OPS_INSTRUMENTS_H_

#include <unistd.h>

#include "common/ops/decision_lines.h"
#include "common/ops/decision_metrics.h"
#include "common/ops/metrics.h"
#include "common/ops/process_metrics.h"

namespace mcmig::ops {

// What a process shows its operators: metrics, and decisions that are counted and logged. Made before whatever uses it.
struct Instruments {
  Instruments() { AddProcessMetrics(metrics); }

  Metrics metrics;
  DecisionLines lines{STDERR_FILENO, &metrics};
  DecisionMetrics decisions{metrics, lines};
};

}  // namespace mcmig::ops

#endif  // COMMON_OPS_INSTRUMENTS_H_
