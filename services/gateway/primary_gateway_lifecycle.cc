#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "common/border/messages.h"
#include "common/border/status.h"
#include "services/gateway/ingress.h"
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

async::Task<absl::StatusOr<ReconcilePage>> PrimaryGateway::AskServers(const Call& call,
                                                                      protocol::ReconcileRequest request) const {
  if (request.user) {
    const absl::StatusOr<Ingress> ingress =
        CheckEndIngress(*doors_.systems, doors_.assignments, call.peer.system, *request.user);
    if (!ingress.ok()) co_return ingress.status();
    if (ingress->decision.cause != Cause::kNone) co_return ReconcilePage();
    co_return co_await doors_.servers[ingress->server]->ReconcileMigrations(call, request);
  }
  // All pages of the first server, then of the second, and so on. A page token is a server's own behind its position.
  const std::vector<protocol::PrimaryHop*>& servers = doors_.every_server;
  size_t position = 0;
  if (!request.page_token.empty()) {
    const std::pair<std::string, std::string> parts = absl::StrSplit(request.page_token, absl::MaxSplits('.', 1));
    if (!absl::SimpleAtoi(parts.first, &position) || position >= servers.size()) {
      co_return absl::InvalidArgumentError("page_token: is none of this list");
    }
    request.page_token = parts.second;
  }
  if (servers.empty()) co_return absl::FailedPreconditionError("this gateway has no server to ask");
  absl::StatusOr<ReconcilePage> page = co_await servers[position]->ReconcileMigrations(call, request);
  if (!page.ok()) co_return page.status();
  if (!page->next_page_token.empty()) {
    page->next_page_token = absl::StrCat(position, ".", page->next_page_token);
  } else if (position + 1 < servers.size()) {
    page->next_page_token = absl::StrCat(position + 1, ".");
  }
  co_return page;
}

}  // namespace mcmig::gateway
