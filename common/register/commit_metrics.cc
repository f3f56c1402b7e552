#include "common/register/commit_metrics.h"

#include <utility>

namespace mcmig::migration {
namespace {

constexpr ops::Family kBatchSize = {"mcmig_register_commit_batch_size",
                                    "Changes that were written as one group, by register."};
constexpr ops::Family kDuration = {"mcmig_register_commit_duration_seconds",
                                   "Time to write one group of changes durably, or to fail, by register."};
constexpr ops::Family kWaiting = {"mcmig_register_waiting_changes",
                                  "Changes that wait for the writer now, beside those it is writing, by register."};
constexpr ops::Family kFailed = {"mcmig_register_failed_changes_total",
                                 "Changes that the store could not write or read, by register."};
constexpr ops::Family kRefused = {"mcmig_register_refused_changes_total",
                                  "Changes that were refused because too many waited, by register."};
constexpr ops::Family kUsers = {
    "mcmig_register_users",
    "Users and services that are migrated (register migration) or served here (visitor) as of the last commit: an "
    "exact count, kept in the store."};

constexpr ops::Family kUnreconciled = {
    "mcmig_register_unreconciled_systems",
    "MC systems that the register, which was restored from a backup, has still to be compared with, by register."};

constexpr double kBatchSizeBounds[] = {1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 4096, 10000};

}  // namespace

CommitMetrics::CommitMetrics(ops::Metrics* metrics, const std::string& name) {
  if (metrics == nullptr) return;
  const ops::Labels labels = {{"register", name}};
  batch_size = metrics->AddHistogram(kBatchSize, labels, kBatchSizeBounds);
  duration = metrics->AddHistogram(kDuration, labels, ops::kDurationBounds);
  waiting = metrics->AddGauge(kWaiting, labels);
  failed = metrics->AddCounter(kFailed, labels);
  refused = metrics->AddCounter(kRefused, labels);
}

void MeasureUsers(ops::Metrics& metrics, const std::string& name, ops::Metrics::Read count) {
  metrics.ReadGauge(kUsers, {{"register", name}}, std::move(count));
}

void MeasureUnreconciled(ops::Metrics& metrics, const std::string& name, ops::Metrics::Read count) {
  metrics.ReadGauge(kUnreconciled, {{"register", name}}, std::move(count));
}

}  // namespace mcmig::migration
