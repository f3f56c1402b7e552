#include "services/primary_server/partner_system.h"

#include <optional>

namespace mcmig::primary_server {
namespace {

using identity::SystemName;
using identity::SystemTable;

std::optional<SystemName> AuthenticatedSystem(const protocol::Call& call,
                                              const protocol::AuthorizationRequest& request) {
  if (call.listener == identity::Listener::kOutside && !call.peer.own) return call.peer.system;
  if (call.listener == identity::Listener::kInside && call.peer.own && call.peer.role == identity::Role::kGateway) {
    return request.authenticated_peer_system;
  }
  return std::nullopt;
}

}  // namespace

absl::StatusOr<SystemName> PartnerSystemOf(const SystemTable& systems, const protocol::Call& call,
                                           const protocol::AuthorizationRequest& request) {
  std::optional<SystemName> name = AuthenticatedSystem(call, request);
  if (!name.has_value()) return absl::PermissionDeniedError("the caller is no partner MC system");
  const SystemTable::System* partner = systems.Find(*name);
  if (partner == nullptr || partner->own || systems.SystemOf(request.partner_mc_service_id) != name) {
    return absl::PermissionDeniedError("partner_mc_service_id: not of the calling MC system");
  }
  return *std::move(name);
}

}  // namespace mcmig::primary_server
