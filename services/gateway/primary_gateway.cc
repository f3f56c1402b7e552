#include "services/gateway/primary_gateway.h"

#include <utility>

#include "common/border/messages.h"
#include "common/border/status.h"
#include "common/protocol/emergency_share.h"
#include "services/gateway/ingress.h"

namespace mcmig::gateway {

using protocol::AuthorizationRequest;
using protocol::Call;
using protocol::Cause;
using protocol::Decision;

async::Task<absl::StatusOr<v1::MigrationServiceAuthorizationResponse>> PrimaryGateway::AuthorizeMigration(
    const Call& call, const v1::MigrationServiceAuthorizationRequest& message) {
  ops::DecisionScope scope(source_, call);
  absl::StatusOr<AuthorizationRequest> request = ParseAuthorizationRequest(message, call);
  if (!request.ok()) {
    scope.Ends(request.status());
    co_return border::StatusForOutside(request.status());
  }
  scope.Names(*request->request_id);
  absl::StatusOr<Decision> decision = co_await Forward(call, *request, scope);
  // The full cause stays here; the peer sees its public form.
  scope.Ends(decision);
  decision = WithinEmergencyShare(EmergencyOnly(call, *request), std::move(decision));
  if (!decision.ok()) co_return border::StatusForOutside(decision.status());
  co_return ToProto(border::DecisionForOutside(*decision), *request);
}

async::Task<absl::StatusOr<Decision>> PrimaryGateway::Forward(const Call& call, const AuthorizationRequest& request,
                                                              ops::DecisionScope& scope) {
  // Step 5: the peer is who it claims to be; identify the primary MC service server of the user from the MC service ID.
  const absl::StatusOr<Ingress> ingress = CheckIngress(*doors_.systems, doors_.assignments, call.peer.system, request);
  if (!ingress.ok()) co_return ingress.status();
  if (ingress->decision.cause != Cause::kNone) {
    const absl::Status asked = co_await AskInVain(call, UserOf(request));
    if (!asked.ok()) co_return asked;
    co_return ingress->decision;
  }

  // Step 5: forward to that server a new message, with the partner MC system that the transport authenticated.
  AuthorizationRequest inside = border::RequestForOutside(request);
  inside.authenticated_peer_system = call.peer.system;
  // Which of the users is a priority user, the server knows.
  if (call.emergency_only.has_value()) inside.emergency_share = protocol::EmergencyShare::kOnly;
  scope.BeginNextHop();
  absl::StatusOr<Decision> answer = co_await doors_.servers[ingress->server]->AuthorizeMigration(call, inside);
  scope.EndNextHop();

  // Step 8: the answer comes back. Step 9: send it to the gateway of the partner MC system (AuthorizeMigration above).
  co_return answer;
}

}  // namespace mcmig::gateway
