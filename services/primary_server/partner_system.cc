#include "services/primary_server/partner_system.h"

#include <utility>

#include "common/protocol/authenticated_system.h"

namespace mcmig::primary_server {
namespace {

using identity::SystemName;
using identity::SystemTable;

}  // namespace

absl::StatusOr<SystemName> PartnerSystemOf(const SystemTable& systems, const protocol::Call& call,
                                           const std::optional<SystemName>& stated) {
  std::optional<SystemName> name = protocol::AuthenticatedSystem(call, stated);
  const SystemTable::System* partner = name ? systems.Find(*name) : nullptr;
  if (partner == nullptr || partner->own) return absl::PermissionDeniedError("the caller is no partner MC system");
  return *std::move(name);
}

absl::StatusOr<SystemName> PartnerSystemOf(const SystemTable& systems, const protocol::Call& call,
                                           const std::optional<SystemName>& stated,
                                           const identity::McServiceId& partner_mc_service_id) {
  absl::StatusOr<SystemName> name = PartnerSystemOf(systems, call, stated);
  if (name.ok() && systems.SystemOf(partner_mc_service_id) != *name) {
    return absl::PermissionDeniedError("partner_mc_service_id: not of the calling MC system");
  }
  return name;
}

}  // namespace mcmig::primary_server
