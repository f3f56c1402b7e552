#include "common/border/status.h"
#include "services/gateway/every_server.h"
#include "services/gateway/ingress.h"
#include "services/gateway/primary_gateway.h"

// What follows a migration; extensions.
namespace mcmig::gateway {

using protocol::Call;
using protocol::CancelRequest;
using protocol::Cause;
using protocol::EndAnswer;
using protocol::EndRequest;
using protocol::ReconcilePage;
using protocol::ReconcileRequest;

async::Task<absl::StatusOr<v1::EndMigrationResponse>> PrimaryGateway::EndMigration(
    const Call& call, const v1::EndMigrationRequest& message) {
  ops::DecisionScope scope(end_source_, call);
  absl::StatusOr<EndRequest> request = ParseEndRequest(message, call);
  if (!request.ok()) {
    scope.Ends(request.status());
    co_return border::StatusForOutside(request.status());
  }
  scope.Names(*request->request_id);
  const absl::StatusOr<EndAnswer> answer = co_await ForwardEnd(call, *request, scope);
  if (!answer.ok()) {
    scope.Ends(answer.status());
    co_return border::StatusForOutside(answer.status());
  }
  scope.Ends(answer->decision());
  co_return ToProto(*answer);
}

async::Task<absl::StatusOr<EndAnswer>> PrimaryGateway::ForwardEnd(const Call& call, const EndRequest& request,
                                                                  ops::DecisionScope& scope) {
  // The peer is who it claims to be; identify the primary MC service server of the user, as for a migration.
  const absl::StatusOr<Ingress> ingress =
      CheckEndIngress(*doors_.systems, doors_.assignments, call.peer.system, request.user);
  if (!ingress.ok()) co_return ingress.status();
  // The same as for a user who is not there.
  if (ingress->decision.cause != Cause::kNone) co_return EndAnswer{.rule = ingress->decision.rule};

  const EndRequest inside{.user = request.user,
                          .epoch = request.epoch,
                          .request_id = request.request_id,
                          .authenticated_peer_system = call.peer.system};
  scope.BeginNextHop();
  absl::StatusOr<EndAnswer> answer = co_await doors_.servers[ingress->server]->EndMigration(call, inside);
  scope.EndNextHop();
  co_return answer;
}

async::Task<absl::StatusOr<v1::CancelMigrationResponse>> PrimaryGateway::CancelMigration(
    const Call& call, const v1::CancelMigrationRequest& message) {
  ops::DecisionScope scope(cancel_source_, call);
  absl::StatusOr<CancelRequest> request = ParseCancelRequest(message, call);
  absl::Status status = request.status();
  if (status.ok()) status = co_await TellPartner(call, *request);
  if (status.ok()) {
    scope.Ends(protocol::Decision{.rule = "cancel.told_partner"});
    co_return v1::CancelMigrationResponse();
  }
  scope.Ends(status);
  co_return status;
}

async::Task<absl::Status> PrimaryGateway::TellPartner(const Call& call, const CancelRequest& request) {
  if (doors_.systems->SystemOf(request.primary_mc_service_id) != doors_.systems->own()) {
    co_return absl::InvalidArgumentError("primary_mc_service_id: not of this MC system");
  }
  const auto entry = doors_.visitors_entries.find(request.partner_system.value_or(""));
  if (entry == doors_.visitors_entries.end()) {
    co_return absl::FailedPreconditionError("partner_system: no way there in the system table");
  }
  const CancelRequest outside{
      .primary_mc_service_id = request.primary_mc_service_id, .service = request.service, .epoch = request.epoch};
  const absl::Status told = co_await entry->second->CancelMigration(call, outside);
  co_return border::StatusFromOutside(told);
}

async::Task<absl::StatusOr<v1::ReconcileMigrationsResponse>> PrimaryGateway::ReconcileMigrations(
    const Call& call, const v1::ReconcileMigrationsRequest& message) {
  const bool outwards = call.listener == identity::Listener::kInside;
  absl::StatusOr<ReconcileRequest> request = ParseReconcileRequest(message, call);
  if (!request.ok()) co_return outwards ? request.status() : border::StatusForOutside(request.status());
  if (outwards) {
    const absl::StatusOr<ReconcilePage> page = co_await AskPartner(call, *std::move(request));
    if (!page.ok()) co_return page.status();
    co_return ToProto(*page);
  }
  request->authenticated_peer_system = call.peer.system;
  const absl::StatusOr<ReconcilePage> page = co_await AskEveryServer(doors_.every_server, call, *std::move(request));
  if (!page.ok()) co_return border::StatusForOutside(page.status());
  co_return ToProto(*page);
}

async::Task<absl::StatusOr<ReconcilePage>> PrimaryGateway::AskPartner(const Call& call, ReconcileRequest request) {
  const auto entry = doors_.visitors_entries.find(request.asked_system.value_or(""));
  if (entry == doors_.visitors_entries.end()) {
    co_return absl::FailedPreconditionError("asked_system: no way there in the system table");
  }
  request.asked_system.reset();
  absl::StatusOr<ReconcilePage> page = co_await entry->second->ReconcileMigrations(call, request);
  if (!page.ok()) co_return border::StatusFromOutside(page.status());
  co_return page;
}

}  // namespace mcmig::gateway
