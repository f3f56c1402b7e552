#ifndef COMMON_AUDIT_OPEN_TRAIL_H_
#define COMMON_AUDIT_OPEN_TRAIL_H_

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "common/audit/trail.h"
#include "common/ops/metrics.h"
#include "mcmig/config/v1/common.pb.h"

namespace mcmig::audit {

// The audit log of a process' configuration, where `configured`; else null, and a warning in the log. Errors: those of
// Trail::Open.
absl::StatusOr<std::unique_ptr<Trail>> OpenTrail(bool configured, const config::v1::Audit& audit,
                                                 const std::string& process, ops::Metrics& metrics);

// The same for a completed configuration of any process.
template <class Config>
absl::StatusOr<std::unique_ptr<Trail>> OpenTrail(const Config& config, const std::string& process,
                                                 ops::Metrics& metrics) {
  return OpenTrail(config.has_audit(), config.audit(), process, metrics);
}

}  // namespace mcmig::audit

#endif  // COMMON_AUDIT_OPEN_TRAIL_H_
