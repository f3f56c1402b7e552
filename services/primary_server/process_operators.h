#ifndef SERVICES_PRIMARY_SERVER_PROCESS_OPERATORS_H_
#define SERVICES_PRIMARY_SERVER_PROCESS_OPERATORS_H_

#include "common/admin/peer_admin.h"
#include "common/admin/reconcile_admin.h"
#include "common/admin/register_admin.h"
#include "common/rpc/peer_admin_service.h"
#include "common/rpc/server.h"
#include "mcmig/v1/admin.grpc.pb.h"
#include "mcmig/v1/register_admin.grpc.pb.h"
#include "services/primary_server/primary_admin.h"

namespace mcmig::primary_server {

// What operators of the primary MC service server call. All of it outlives the listener.
struct OperatorHandlers {
  PrimaryAdmin& admin;
  admin::RegisterAdmin& registers;
  admin::ReconcileAdmin& reconcile;
  const admin::PeerAdmin& peers;
};

// The gRPC services of the operators' listener, which it outlives.
class OperatorServices {
 public:
  // Serves every method on `listener`: the permission table says which is for whom. Once.
  void Handle(const OperatorHandlers& handlers, rpc::Server& listener);

 private:
  v1::PrimaryAdmin::AsyncService admin_;
  v1::RegisterAdmin::AsyncService registers_;
  rpc::PeerAdminService peers_;
};

}  // namespace mcmig::primary_server

#endif  // SERVICES_PRIMARY_SERVER_PROCESS_OPERATORS_H_
