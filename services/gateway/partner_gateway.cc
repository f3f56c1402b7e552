#include "services/gateway/partner_gateway.h"

#include <optional>

#include "common/border/messages.h"
#include "common/border/status.h"
#include "common/protocol/emergency_share.h"
#include "services/gateway/egress.h"

namespace mcmig::gateway {

using protocol::AuthorizationRequest;
using protocol::Call;
using protocol::Cause;
using protocol::Decision;

async::Task<absl::StatusOr<v1::MigrationServiceAuthorizationResponse>> PartnerGateway::AuthorizeMigration(
    const Call& call, const v1::MigrationServiceAuthorizationRequest& message) {
  ops::DecisionScope scope(source_, call);
  absl::StatusOr<AuthorizationRequest> request = ParseAuthorizationRequest(message, call);
  if (!request.ok()) {
    scope.Ends(request.status());
    co_return request.status();
  }
  scope.Names(*request->request_id);
  absl::StatusOr<Decision> decision = co_await Forward(call, *request, scope);
  scope.Ends(decision);
  if (!decision.ok()) co_return decision.status();
  co_return ToProto(*decision, *request);
}

async::Task<absl::StatusOr<Decision>> PartnerGateway::Forward(const Call& call, const AuthorizationRequest& request,
                                                              ops::DecisionScope& scope) {
  // Step 4: identify the primary MC system from the MC service ID, again.
  const absl::StatusOr<Egress> egress = CheckEgress(*doors_.systems, request);
  if (!egress.ok()) co_return egress.status();
  if (egress->decision.cause != Cause::kNone) co_return egress->decision;
  const bool priority_user = request.emergency_share == protocol::EmergencyShare::kMayUse;
  if (absl::Status room = CheckRoom(call, request, priority_user); !room.ok()) co_return room;
  const auto entry = doors_.entries.find(egress->primary_system->config.name());
  if (entry == doors_.entries.end()) co_return absl::InternalError("no next hop for an entry of the system table");

  // Step 4: forward to the gateway of the primary MC system, as a new message of what may cross the border.
  const AuthorizationRequest outside = border::RequestForOutside(request);
  std::optional<Call> marked;
  if (priority_user) marked.emplace(call).priority_user = true;
  const Call& onward = marked.has_value() ? *marked : call;
  scope.BeginNextHop();
  absl::StatusOr<Decision> answer = co_await entry->second->AuthorizeMigration(onward, outside);
  scope.EndNextHop();

  // Step 9: the answer comes back. Step 10: send it to the MC service server, believing only what a primary may say.
  if (!answer.ok()) co_return border::StatusFromOutside(answer.status());
  co_return border::DecisionFromOutside(*answer);
}

}  // namespace mcmig::gateway
