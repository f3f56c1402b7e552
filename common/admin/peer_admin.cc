#include "common/admin/peer_admin.h"

#include "absl/status/status.h"

namespace mcmig::admin {

async::Task<absl::StatusOr<v1::ListPeerServersResponse>> PeerAdmin::ListPeerServers(
    const protocol::Call& /*call*/, const v1::ListPeerServersRequest& /*request*/) const {
  v1::ListPeerServersResponse response;
  for (const bulkhead::PeerServer* server : servers_) {
    const bulkhead::PeerServer::Now now = server->Look();
    v1::PeerServer& entry = *response.add_servers();
    entry.set_system(server->name().system);
    entry.set_entry(server->name().entry);
    entry.set_address(server->name().address);
    entry.set_calls_in_flight(static_cast<uint32_t>(now.in_flight));
    entry.set_paused(now.open);
  }
  co_return response;
}

async::Task<absl::StatusOr<v1::ResetPeerServersResponse>> PeerAdmin::ResetPeerServers(
    const protocol::Call& /*call*/, const v1::ResetPeerServersRequest& request) const {
  if (request.system().empty()) co_return absl::InvalidArgumentError("system: is missing");
  bool found = false;
  for (bulkhead::PeerServer* server : servers_) {
    if (server->name().system != request.system()) continue;
    server->Reset();
    found = true;
  }
  if (!found) co_return absl::NotFoundError("no server of that MC system is asked from here");
  co_return v1::ResetPeerServersResponse();
}

}  // namespace mcmig::admin
