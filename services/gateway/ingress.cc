#include "services/gateway/ingress.h"

#include <optional>

#include "common/agreement/agreement.h"

namespace mcmig::gateway {
namespace {

using identity::SystemTable;
using protocol::Cause;

Ingress Refuse(Cause cause, const char* rule) { return {{cause, rule, std::nullopt}, 0}; }

}  // namespace

absl::StatusOr<Ingress> CheckIngress(const SystemTable& systems, const Assignments& assignments,
                                     const identity::SystemName& peer_system,
                                     const protocol::AuthorizationRequest& request) {
  const SystemTable::System* peer = systems.Find(peer_system);
  if (peer == nullptr || peer->own || systems.SystemOf(request.partner_mc_service_id) != peer_system) {
    return absl::PermissionDeniedError("partner_mc_service_id: not of the calling MC system");
  }

  if (systems.SystemOf(request.primary_mc_service_id) != systems.own()) {
    return Refuse(Cause::kNotAUserOfThisSystem, "step5.primary_mc_service_id_of_this_system");
  }
  if (!agreement::OwnUsersAllowed(*peer, request.service)) {
    return Refuse(Cause::kNoAgreement, "step5.agreement_own_users_to");
  }
  const std::optional<size_t> server = assignments.ServerFor(request.primary_mc_service_id, request.service);
  if (!server.has_value()) return Refuse(Cause::kNoServerForUser, "step5.server_assigned");
  return Ingress{{Cause::kNone, "step5.ingress", std::nullopt}, *server};
}

}  // namespace mcmig::gateway
