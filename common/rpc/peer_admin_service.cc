#include "common/rpc/peer_admin_service.h"

#include "common/rpc/bind.h"

namespace mcmig::rpc {

void PeerAdminService::Handle(const admin::PeerAdmin& admin, Server& listener) {
  using Service = v1::PeerAdmin::AsyncService;
  listener.Handle(&service_, &Service::RequestListPeerServers, "mcmig.v1.PeerAdmin/ListPeerServers",
                  Bind(admin, &admin::PeerAdmin::ListPeerServers));
  listener.Handle(&service_, &Service::RequestResetPeerServers, "mcmig.v1.PeerAdmin/ResetPeerServers",
                  Bind(admin, &admin::PeerAdmin::ResetPeerServers));
}

}  // namespace mcmig::rpc
