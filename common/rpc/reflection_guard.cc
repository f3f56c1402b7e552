#include "common/rpc/reflection_guard.h"

#include "absl/strings/match.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"
#include "common/audit/call_record.h"
#include "common/identity/permissions.h"
#include "common/protocol/call.h"

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
  return new Guard(info, [this](ServerRpcInfo& call) { return Permitted(call); });
}

bool ReflectionGuard::Permitted(ServerRpcInfo& info) const {
  const absl::string_view method = absl::StripPrefix(info.method(), "/");
  const absl::StatusOr<identity::Peer> peer = identify_(*info.server_context()->auth_context());
  if (peer.ok() && identity::MayCall(method, kind_, *peer)) return true;
  if (trail_ == nullptr) return false;
  protocol::Call call;
  call.listener = kind_;
  if (peer.ok()) call.peer = *peer;
  const absl::StatusCode code = peer.ok() ? absl::StatusCode::kPermissionDenied : absl::StatusCode::kUnauthenticated;
  trail_->attempts().Count(
      audit::AttemptMembers(call, method, code, audit::AddressWithoutPort(info.server_context()->peer())), 1);
  return false;
}

}  // namespace mcmig::rpc
