#ifndef COMMON_REGISTER_COMMIT_METRICS_H_
#define COMMON_REGISTER_COMMIT_METRICS_H_

#include <string>

#include "common/ops/metrics.h"

namespace mcmig::migration {

// What is measured about the writer of one register. Any thread.
struct CommitMetrics {
  // Nothing.
  CommitMetrics() = default;
  // `name` of the register: "migration", "visitor". Nothing where `metrics` is null.
  CommitMetrics(ops::Metrics* metrics, const std::string& name);

  // Of each group: changes in it, and seconds until it was durable or had failed.
  ops::Histogram batch_size;
  ops::Histogram duration;
  // Changes that wait.
  ops::Gauge waiting;
  // Changes that ended with an error of the store, and those that found no room to wait.
  ops::Counter failed;
  ops::Counter refused;
};

// The gauge of how many users a register holds, read with `count` (ops::Metrics::ReadGauge).
void MeasureUsers(ops::Metrics& metrics, const std::string& name, ops::Metrics::Read count);

// The other MC systems that the register `name`, which was restored, has still to be compared with.
void MeasureUnreconciled(ops::Metrics& metrics, const std::string& name, ops::Metrics::Read count);

}  // namespace mcmig::migration

#endif  // COMMON_REGISTER_COMMIT_METRICS_H_
