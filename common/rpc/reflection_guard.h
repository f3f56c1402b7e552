#ifndef COMMON_RPC_REFLECTION_GUARD_H_
#define COMMON_RPC_REFLECTION_GUARD_H_

#include <grpcpp/grpcpp.h>
#include <grpcpp/support/server_interceptor.h>

#include <functional>
#include <utility>

#include "absl/status/statusor.h"
#include "common/audit/trail.h"
#include "common/identity/peer.h"

namespace mcmig::rpc {

// Puts gRPC's reflection service, which comes as a plugin and so goes around our handlers, under the permission table:
// a call of it by whom the table does not let is CANCELLED before it is read. Looks at no other service. Any thread.
class ReflectionGuard final : public grpc::experimental::ServerInterceptorFactoryInterface {
 public:
  using Identify = std::function<absl::StatusOr<identity::Peer>(const grpc::AuthContext&)>;

  // `trail` (may be null) is where calls that are not let are counted; it outlives this object.
  ReflectionGuard(identity::Listener kind, Identify identify, audit::Trail* trail)
      : kind_(kind), identify_(std::move(identify)), trail_(trail) {}
  grpc::experimental::Interceptor* CreateServerInterceptor(grpc::experimental::ServerRpcInfo* info) override;

 private:
  bool Permitted(grpc::experimental::ServerRpcInfo& info) const;

  const identity::Listener kind_;
  const Identify identify_;
  audit::Trail* const trail_;
};

}  // namespace mcmig::rpc

#endif  // COMMON_RPC_REFLECTION_GUARD_H_
