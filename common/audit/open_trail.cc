#include "common/audit/open_trail.h"

#include <glog/logging.h>

#include "absl/strings/str_cat.h"

namespace mcmig::audit {

absl::StatusOr<std::unique_ptr<Trail>> OpenTrail(bool configured, const config::v1::Audit& audit,
                                                 const std::string& process, ops::Metrics& metrics) {
  if (!configured) {
    LOG(WARNING) << "audit: not configured; who did what is recorded nowhere";
    return nullptr;
  }
  absl::StatusOr<std::unique_ptr<Trail>> trail =
      Trail::Open(audit.directory(), audit.max_segment_bytes(), process, &metrics);
  if (!trail.ok()) return absl::Status(trail.status().code(), absl::StrCat("audit: ", trail.status().message()));
  return trail;
}

}  // namespace mcmig::audit
