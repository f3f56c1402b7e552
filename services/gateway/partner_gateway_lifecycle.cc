#include "common/border/status.h"
#include "services/gateway/egress.h"
#include "services/gateway/every_server.h"
#include "services/gateway/partner_gateway.h"

// What follows a migration; extensions.
namespace mcmig::gateway {

using protocol::Call;
using protocol::CancelRequest;
using protocol::Cause;
using protocol::EndAnswer;
using protocol::EndRequest;
using protocol::ReconcilePage;
using protocol::ReconcileRequest;

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
  const EndRequest outside{.user = request.user, .epoch = request.epoch, .request_id = request.request_id};
  scope.BeginNextHop();
  absl::StatusOr<EndAnswer> answer = co_await entry->second->EndMigration(call, outside);
  scope.EndNextHop();
  if (!answer.ok()) co_return border::StatusFromOutside(answer.status());
  // Whether a token stands for a user is no primary MC system's to say.
  if (answer->result == protocol::EndResult::kRefused) co_return absl::InternalError("refused by a primary MC system");
  co_return *answer;
}

async::Task<absl::StatusOr<v1::CancelMigrationResponse>> PartnerGateway::CancelMigration(
    const Call& call, const v1::CancelMigrationRequest& message) {
  ops::DecisionScope scope(cancel_source_, call);
  absl::StatusOr<CancelRequest> request = ParseCancelRequest(message, call);
  absl::Status status = request.status();
  if (status.ok()) status = co_await TellServers(call, *request);
  if (status.ok()) {
    scope.Ends(protocol::Decision{.rule = "cancel.told_servers"});
    co_return v1::CancelMigrationResponse();
  }
  scope.Ends(status);
  co_return border::StatusForOutside(status);
}

async::Task<absl::Status> PartnerGateway::TellServers(const Call& call, const CancelRequest& request) {
  if (call.peer.own || doors_.systems->SystemOf(request.primary_mc_service_id) != call.peer.system) {
    co_return absl::PermissionDeniedError("primary_mc_service_id: not of the calling MC system");
  }
  // Which of them serves the user is not known here, and each must refuse an answer that is still on its way.
  CancelRequest inside{.primary_mc_service_id = request.primary_mc_service_id,
                       .service = request.service,
                       .epoch = request.epoch,
                       .authenticated_peer_system = call.peer.system};
  for (protocol::PartnerHop* server : doors_.servers) {
    absl::Status told = co_await server->CancelMigration(call, inside);
    if (!told.ok()) co_return told;
  }
  if (doors_.servers.empty()) co_return absl::FailedPreconditionError("this gateway has no server to tell");
  co_return absl::OkStatus();
}

async::Task<absl::StatusOr<v1::ReconcileMigrationsResponse>> PartnerGateway::ReconcileMigrations(
    const Call& call, const v1::ReconcileMigrationsRequest& message) {
  const bool outwards = call.listener == identity::Listener::kInside;
  absl::StatusOr<ReconcileRequest> request = ParseReconcileRequest(message, call);
  if (!request.ok()) co_return outwards ? request.status() : border::StatusForOutside(request.status());
  if (outwards) {
    const absl::StatusOr<ReconcilePage> page = co_await AskPrimary(call, *std::move(request));
    if (!page.ok()) co_return page.status();
    co_return ToProto(*page);
  }
  request->authenticated_peer_system = call.peer.system;
  const absl::StatusOr<ReconcilePage> page = co_await AskEveryServer(doors_.servers, call, *std::move(request));
  if (!page.ok()) co_return border::StatusForOutside(page.status());
  co_return ToProto(*page);
}

async::Task<absl::StatusOr<ReconcilePage>> PartnerGateway::AskPrimary(const Call& call, ReconcileRequest request) {
  const auto entry = doors_.entries.find(request.asked_system.value_or(""));
  if (entry == doors_.entries.end()) co_return absl::FailedPreconditionError("asked_system: no entry in the table");
  request.asked_system.reset();
  absl::StatusOr<ReconcilePage> page = co_await entry->second->ReconcileMigrations(call, request);
  if (!page.ok()) co_return border::StatusFromOutside(page.status());
  co_return page;
}

}  // namespace mcmig::gateway
