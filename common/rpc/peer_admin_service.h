#ifndef COMMON_RPC_PEER_ADMIN_SERVICE_H_
#define COMMON_RPC_PEER_ADMIN_SERVICE_H_

#include "common/admin/peer_admin.h"
#include "common/rpc/server.h"
#include "mcmig/v1/peer_admin.grpc.pb.h"

namespace mcmig::rpc {

// mcmig.v1.PeerAdmin on a listener for operators, which this outlives.
class PeerAdminService {
 public:
  // Once. `admin` outlives the listener.
  void Handle(const admin::PeerAdmin& admin, Server& listener);

 private:
  v1::PeerAdmin::AsyncService service_;
};

}  // namespace mcmig::rpc

#endif  // COMMON_RPC_PEER_ADMIN_SERVICE_H_
