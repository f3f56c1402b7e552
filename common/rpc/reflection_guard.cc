#include "common/rpc/reflection_guard.h"

#include "absl/strings/match.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"
#include "common/identity/permissions.h"

namespace mcmig::rpc {
namespace {

using grpc::experimental::InterceptionHookPoints;
using grpc::experimental::InterceptorBatchMethods;
using grpc::experimental::ServerRpcInfo;

class Guard final : public grpc::experimental::Interceptor {
 public:
  Guard(ServerRpcInfo* info, std::function<bool(ServerRpcInfo&)> permitted)
      : info_(info), permitted_(std::move(permitted)) {}

  void Intercept(InterceptorBatchMethods* methods) override {
    if (methods->QueryInterceptionHookPoint(InterceptionHookPoints::POST_RECV_INITIAL_METADATA) &&
        !permitted_(*info_)) {
      info_->server_context()->TryCancel();
    }
    methods->Proceed();
  }

 private:
  ServerRpcInfo* const info_;
  const std::function<bool(ServerRpcInfo&)> permitted_;
};

}  // namespace

grpc::experimental::Interceptor* ReflectionGuard::CreateServerInterceptor(ServerRpcInfo* info) {
  if (info->method() == nullptr || !absl::StartsWith(info->method(), "/grpc.reflection.")) return nullptr;
  return new Guard(info, [this](ServerRpcInfo& call) {
    const absl::StatusOr<identity::Peer> peer = identify_(*call.server_context()->auth_context());
    return peer.ok() && identity::MayCall(absl::StripPrefix(call.method(), "/"), kind_, *peer);
  });
}

}  // namespace mcmig::rpc
