#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"
#include "common/admin/page.h"
#include "common/admin/place.h"
#include "common/async/all.h"
#include "common/border/messages.h"
#include "common/border/status.h"
#include "services/gateway/ingress.h"
#include "services/gateway/merge_pages.h"
#include "services/gateway/primary_gateway.h"
#include "services/gateway/reconcile.h"

// What follows a migration; extensions.
namespace mcmig::gateway {

using protocol::Call;
using protocol::CancelRequest;
using protocol::Cause;
using protocol::EndAnswer;
using protocol::EndRequest;
using protocol::ReconcilePage;

namespace {

// The same in every process (FNV-1a), which absl's hashes are not.
uint64_t PlaceOf(absl::string_view text) {
  uint64_t hash = 14695981039346656037U;
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211U;
  return hash;
}

async::Task<> AskServer(const Call& call, const protocol::ReconcileRequest& request, protocol::PrimaryHop& server,
                        absl::StatusOr<ReconcilePage>& answer) {
  answer = co_await server.ReconcileMigrations(call, request);
}

}  // namespace

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
  if (ingress->decision.cause != Cause::kNone) {
    const absl::Status asked = co_await AskInVain(call, request.user);
    if (!asked.ok()) co_return asked;
    co_return EndAnswer{.rule = ingress->decision.rule};
  }

  EndRequest inside = border::RequestForOutside(request);
  inside.authenticated_peer_system = call.peer.system;
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
  const CancelRequest outside = border::RequestForOutside(request);
  const absl::Status told = co_await entry->second->CancelMigration(call, outside);
  co_return border::StatusFromOutside(told);
}

async::Task<absl::StatusOr<v1::ReconcileMigrationsResponse>> PrimaryGateway::ReconcileMigrations(
    const Call& call, const v1::ReconcileMigrationsRequest& message) {
  const auto ask_own = [this, &call](protocol::ReconcileRequest request) {
    return AskServers(call, std::move(request));
  };
  co_return co_await Reconcile(doors_.visitors_entries, ask_own, call, message);
}

async::Task<absl::Status> PrimaryGateway::AskInVain(const Call& call, const protocol::MigratingUser& user,
                                                    std::optional<protocol::Epoch> epoch) const {
  const std::vector<protocol::PrimaryHop*>& servers = doors_.every_server;
  if (servers.empty()) co_return absl::OkStatus();
  protocol::ReconcileRequest request;
  request.user = user;
  request.epoch = epoch;
  request.authenticated_peer_system = call.peer.system;
  // Always the same one for a user, at every replica of this gateway, as where one is assigned.
  protocol::PrimaryHop& server = *servers[PlaceOf(user.primary_mc_service_id.canonical()) % servers.size()];
  const absl::StatusOr<ReconcilePage> answer = co_await server.ReconcileMigrations(call, request);
  co_return answer.status();
}

async::Task<absl::StatusOr<ReconcilePage>> PrimaryGateway::AskServers(const Call& call,
                                                                      protocol::ReconcileRequest request) const {
  if (request.user) {
    const absl::StatusOr<Ingress> ingress =
        CheckEndIngress(*doors_.systems, doors_.assignments, call.peer.system, *request.user);
    if (!ingress.ok()) co_return ingress.status();
    if (ingress->decision.cause != Cause::kNone) {
      const absl::Status asked = co_await AskInVain(call, *request.user, request.epoch);
      if (!asked.ok()) co_return asked;
      co_return ReconcilePage();
    }
    co_return co_await doors_.servers[ingress->server]->ReconcileMigrations(call, request);
  }
  if (!request.page_token.empty()) {
    const absl::StatusOr<migration::UserKey> after = admin::UserOfToken(request.page_token);
    if (!after.ok()) co_return after.status();
  }
  if (request.page_size == 0) request.page_size = admin::kDefaultPageSize;
  const std::vector<protocol::PrimaryHop*>& servers = doors_.every_server;
  if (servers.empty()) co_return absl::FailedPreconditionError("this gateway has no server to ask");
  // All at once: one after another, the time would tell how many there are.
  std::vector<absl::StatusOr<ReconcilePage>> answers(servers.size());
  std::vector<async::Task<>> asking;
  asking.reserve(servers.size());
  for (size_t i = 0; i < servers.size(); ++i) asking.push_back(AskServer(call, request, *servers[i], answers[i]));
  co_await async::All(*call.executor, std::move(asking));
  std::vector<ReconcilePage> pages;
  pages.reserve(answers.size());
  for (absl::StatusOr<ReconcilePage>& answer : answers) {
    if (!answer.ok()) co_return answer.status();
    pages.push_back(*std::move(answer));
  }
  co_return MergePages(std::move(pages), request.page_size);
}

}  // namespace mcmig::gateway
