#include "services/gateway/ingress.h"

#include <optional>

#include "common/agreement/agreement.h"

namespace mcmig::gateway {
namespace {

using identity::McServiceId;
using identity::SystemTable;
using protocol::Cause;

Ingress Refuse(Cause cause, const char* rule) { return {{cause, rule, std::nullopt}, 0}; }

// The peer's system; null where it is none, or claims to be another.
const SystemTable::System* PeerOf(const SystemTable& systems, const identity::SystemName& peer_system,
                                  const McServiceId& partner_mc_service_id) {
  const SystemTable::System* peer = systems.Find(peer_system);
  if (peer == nullptr || peer->own || systems.SystemOf(partner_mc_service_id) != peer_system) return nullptr;
  return peer;
}

absl::Status NotThePeers() {
  return absl::PermissionDeniedError("partner_mc_service_id: not of the calling MC system");
}

Ingress ServerOf(const Assignments& assignments, const McServiceId& user, protocol::McService service) {
  const std::optional<size_t> server = assignments.ServerFor(user, service);
  if (!server.has_value()) return Refuse(Cause::kNoServerForUser, "step5.server_assigned");
  return Ingress{{Cause::kNone, "step5.ingress", std::nullopt}, *server};
}

}  // namespace

absl::StatusOr<Ingress> CheckIngress(const SystemTable& systems, const Assignments& assignments,
                                     const identity::SystemName& peer_system,
                                     const protocol::AuthorizationRequest& request) {
  const SystemTable::System* peer = PeerOf(systems, peer_system, request.partner_mc_service_id);
  if (peer == nullptr) return NotThePeers();
  if (systems.SystemOf(request.primary_mc_service_id) != systems.own()) {
    return Refuse(Cause::kNotAUserOfThisSystem, "step5.primary_mc_service_id_of_this_system");
  }
  if (!agreement::OwnUsersAllowed(*peer, request.service)) {
    return Refuse(Cause::kNoAgreement, "step5.agreement_own_users_to");
  }
  return ServerOf(assignments, request.primary_mc_service_id, request.service);
}

absl::StatusOr<Ingress> CheckEndIngress(const SystemTable& systems, const Assignments& assignments,
                                        const identity::SystemName& peer_system, const protocol::MigratingUser& user) {
  if (PeerOf(systems, peer_system, user.partner_mc_service_id) == nullptr) return NotThePeers();
  if (systems.SystemOf(user.primary_mc_service_id) != systems.own()) {
    return Refuse(Cause::kNotAUserOfThisSystem, "step5.primary_mc_service_id_of_this_system");
  }
  return ServerOf(assignments, user.primary_mc_service_id, user.service);
}

}  // namespace mcmig::gateway
