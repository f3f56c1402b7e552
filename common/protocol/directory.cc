#include "common/protocol/directory.h"

#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/protocol/fields.h"

namespace mcmig::protocol {

absl::StatusOr<LookupRequest> ParseLookupRequest(const v1::LookupServingSystemRequest& message) {
  const auto& ids = message.primary_mc_service_ids();
  if (ids.empty() || static_cast<size_t>(ids.size()) > kMaxLookups) {
    return Violation("primary_mc_service_ids", absl::StrCat("must be 1 to ", kMaxLookups));
  }
  LookupRequest request;
  for (int i = 0; i < ids.size(); ++i) {
    absl::StatusOr<identity::McServiceId> id = ParseId(ids[i], absl::StrCat("primary_mc_service_ids[", i, "]"));
    if (!id.ok()) return id.status();
    request.primary_mc_service_ids.push_back(*std::move(id));
  }
  const absl::StatusOr<McService> service = ParseMcService(message.mc_service(), "mc_service");
  if (!service.ok()) return service.status();
  request.service = *service;
  return request;
}

}  // namespace mcmig::protocol
