#include "services/gateway/egress.h"

#include <optional>

#include "common/agreement/agreement.h"

namespace mcmig::gateway {
namespace {

using identity::SystemName;
using identity::SystemTable;
using protocol::Cause;

Egress Refuse(Cause cause, const char* rule) { return {{cause, rule, std::nullopt}, nullptr}; }

}  // namespace

absl::StatusOr<Egress> CheckEgress(const SystemTable& systems, const protocol::AuthorizationRequest& request) {
  const std::optional<SystemName> partner = systems.SystemOf(request.partner_mc_service_id);
  if (partner != systems.own()) {
    return absl::PermissionDeniedError("partner_mc_service_id: not of this MC system");
  }

  const std::optional<SystemName> name = systems.SystemOf(request.primary_mc_service_id);
  const SystemTable::System* primary = name.has_value() ? systems.Find(*name) : nullptr;
  if (primary == nullptr) return Refuse(Cause::kUnknownPrimarySystem, "step4.primary_system_known");
  if (primary->own) return Refuse(Cause::kOwnSystem, "step4.primary_system_not_own");
  if (!agreement::VisitorsAllowed(*primary, request.service)) {
    return Refuse(Cause::kNoAgreement, "step4.agreement_visitors_from");
  }
  if (!primary->config.has_entry()) return Refuse(Cause::kNoAgreement, "step4.primary_system_has_entry");
  return Egress{{Cause::kNone, "step4.egress", std::nullopt}, primary};
}

}  // namespace mcmig::gateway
