#include "services/gateway/egress.h"

#include <optional>

#include "common/agreement/agreement.h"

namespace mcmig::gateway {
namespace {

using identity::McServiceId;
using identity::SystemName;
using identity::SystemTable;
using protocol::Cause;

Egress Refuse(Cause cause, const char* rule) { return {{cause, rule, std::nullopt}, nullptr}; }

// The other MC system that the primary MC service ID belongs to; refused where there is none.
Egress IdentifyPrimary(const SystemTable& systems, const McServiceId& primary_mc_service_id) {
  const std::optional<SystemName> name = systems.SystemOf(primary_mc_service_id);
  const SystemTable::System* primary = name.has_value() ? systems.Find(*name) : nullptr;
  if (primary == nullptr) return Refuse(Cause::kUnknownPrimarySystem, "step4.primary_system_known");
  if (primary->own) return Refuse(Cause::kOwnSystem, "step4.primary_system_not_own");
  return Egress{{Cause::kNone, "step4.egress", std::nullopt}, primary};
}

absl::Status CheckPartner(const SystemTable& systems, const McServiceId& partner_mc_service_id) {
  if (systems.SystemOf(partner_mc_service_id) == systems.own()) return absl::OkStatus();
  return absl::PermissionDeniedError("partner_mc_service_id: not of this MC system");
}

Egress RequireEntry(Egress egress) {
  if (egress.primary_system == nullptr || egress.primary_system->config.has_entry()) return egress;
  return Refuse(Cause::kNoAgreement, "step4.primary_system_has_entry");
}

}  // namespace

absl::StatusOr<Egress> CheckEgress(const SystemTable& systems, const protocol::AuthorizationRequest& request) {
  if (absl::Status status = CheckPartner(systems, request.partner_mc_service_id); !status.ok()) return status;
  const Egress egress = IdentifyPrimary(systems, request.primary_mc_service_id);
  if (egress.primary_system != nullptr && !agreement::VisitorsAllowed(*egress.primary_system, request.service)) {
    return Refuse(Cause::kNoAgreement, "step4.agreement_visitors_from");
  }
  return RequireEntry(egress);
}

absl::StatusOr<Egress> CheckEndEgress(const SystemTable& systems, const protocol::MigratingUser& user) {
  if (absl::Status status = CheckPartner(systems, user.partner_mc_service_id); !status.ok()) return status;
  return RequireEntry(IdentifyPrimary(systems, user.primary_mc_service_id));
}

}  // namespace mcmig::gateway
