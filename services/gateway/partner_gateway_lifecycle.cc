#include <utility>

#include "common/border/messages.h"
#include "common/border/status.h"
#include "services/gateway/egress.h"
#include "services/gateway/partner_gateway.h"
#include "services/gateway/reconcile.h"

// What follows a migration; extensions.
namespace mcmig::gateway {

using protocol::Call;
using protocol::CancelRequest;
using protocol::Cause;
using protocol::EndAnswer;
using protocol::EndRequest;

async::Task<absl::StatusOr<v1::EndMigrationResponse>> PartnerGateway::EndMigration(
    const Call& call, const v1::EndMigrationRequest& message) {
  ops::DecisionScope scope(end_source_, call);
  absl::StatusOr<EndRequest> request = ParseEndRequest(message, call);
  if (!request.ok()) {
    scope.Ends(request.status());
    co_return request.status();
  }
  scope.Names(*request->request_id);
  const absl::StatusOr<EndAnswer> answer = co_await ForwardEnd(call, *request, scope);
  if (!answer.ok()) {
    scope.Ends(answer.status());
    co_return answer.status();
  }
  scope.Ends(answer->decision());
  co_return ToProto(*answer);
}

async::Task<absl::StatusOr<EndAnswer>> PartnerGateway::ForwardEnd(const Call& call, const EndRequest& request,
                                                                  ops::DecisionScope& scope) {
  // Identify the primary MC system from the MC service ID, as for a migration.
  const absl::StatusOr<Egress> egress = CheckEndEgress(*doors_.systems, request.user);
  if (!egress.ok()) co_return egress.status();
  if (egress->decision.cause != Cause::kNone) co_return EndAnswer{.rule = egress->decision.rule};
  const auto entry = doors_.entries.find(egress->primary_system->config.name());
  if (entry == doors_.entries.end()) co_return absl::InternalError("no next hop for an entry of the system table");

  // A new message of what may cross the border.
  const EndRequest outside = border::RequestForOutside(request);
  scope.BeginNextHop();
  absl::StatusOr<EndAnswer> answer = co_await entry->second->EndMigration(call, outside);
  scope.EndNextHop();
  if (!answer.ok()) co_return border::StatusFromOutside(answer.status());
  co_return border::AnswerFromOutside(*answer);
}

async::Task<absl::StatusOr<v1::CancelMigrationResponse>> PartnerGateway::CancelMigration(
    const Call& call, const v1::CancelMigrationRequest& message) {
  ops::DecisionScope scope(cancel_source_, call);
  absl::StatusOr<CancelRequest> request = ParseCancelRequest(message, call);
  absl::Status status = request.status();
  if (status.ok()) status = co_await TellServer(call, *request);
  if (status.ok()) {
    scope.Ends(protocol::Decision{.rule = "cancel.told_server"});
    co_return v1::CancelMigrationResponse();
  }
  scope.Ends(status);
  co_return border::StatusForOutside(status);
}

async::Task<absl::Status> PartnerGateway::TellServer(const Call& call, const CancelRequest& request) {
  if (call.peer.own || doors_.systems->SystemOf(request.primary_mc_service_id) != call.peer.system) {
    co_return absl::PermissionDeniedError("primary_mc_service_id: not of the calling MC system");
  }
  if (doors_.server == nullptr) co_return absl::FailedPreconditionError("this gateway has no server to tell");
  CancelRequest inside = border::RequestForOutside(request);
  inside.authenticated_peer_system = call.peer.system;
  co_return co_await doors_.server->CancelMigration(call, inside);
}

async::Task<absl::StatusOr<v1::ReconcileMigrationsResponse>> PartnerGateway::ReconcileMigrations(
    const Call& call, const v1::ReconcileMigrationsRequest& message) {
  const auto ask_own = [this, &call](protocol::ReconcileRequest request) {
    return AskServer(call, std::move(request));
  };
  co_return co_await Reconcile(doors_.entries, ask_own, call, message);
}

async::Task<absl::StatusOr<protocol::ReconcilePage>> PartnerGateway::AskServer(
    const Call& call, protocol::ReconcileRequest request) const {
  if (doors_.server == nullptr) co_return absl::FailedPreconditionError("this gateway has no server to ask");
  co_return co_await doors_.server->ReconcileMigrations(call, request);
}

}  // namespace mcmig::gateway
