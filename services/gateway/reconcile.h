#ifndef SERVICES_GATEWAY_RECONCILE_H_
#define SERVICES_GATEWAY_RECONCILE_H_

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "common/async/task.h"
#include "common/border/status.h"
#include "common/identity/peer.h"
#include "common/protocol/call.h"
#include "common/protocol/lifecycle.h"
#include "mcmig/v1/lifecycle.pb.h"

namespace mcmig::gateway {

// The next page over all `servers`, next hops with ReconcileMigrations: those of the first, then of the second, and so
// on. A page token is a server's own behind its position. INVALID_ARGUMENT for any other token; else what the asked
// server's call came to. FAILED_PRECONDITION where there is no server. `servers` outlives the task.
template <class Hop>
async::Task<absl::StatusOr<protocol::ReconcilePage>> AskEveryServer(const std::vector<Hop*>& servers,
                                                                    const protocol::Call& call,
                                                                    protocol::ReconcileRequest request) {
  size_t position = 0;
  if (!request.page_token.empty()) {
    const std::pair<std::string, std::string> parts = absl::StrSplit(request.page_token, absl::MaxSplits('.', 1));
    if (!absl::SimpleAtoi(parts.first, &position) || position >= servers.size()) {
      co_return absl::InvalidArgumentError("page_token: is none of this list");
    }
    request.page_token = parts.second;
  }
  if (servers.empty()) co_return absl::FailedPreconditionError("this gateway has no server to ask");
  absl::StatusOr<protocol::ReconcilePage> page = co_await servers[position]->ReconcileMigrations(call, request);
  if (!page.ok()) co_return page.status();
  if (!page->next_page_token.empty()) {
    page->next_page_token = absl::StrCat(position, ".", page->next_page_token);
  } else if (position + 1 < servers.size()) {
    page->next_page_token = absl::StrCat(position + 1, ".");
  }
  co_return page;
}

// ReconcileMigrations of both gateway roles (an extension): from an own server, on the inside listener, to the MC
// system that it names, of those in `entries`; from a peer, on the outside listener, to every own server. Statuses as
// the caller may see them: INVALID_ARGUMENT; FAILED_PRECONDITION where the system table names no way; else what the
// call came to. All that is referred to outlives the task.
template <class Out, class In>
async::Task<absl::StatusOr<v1::ReconcileMigrationsResponse>> Reconcile(
    const absl::flat_hash_map<identity::SystemName, Out*>& entries, const std::vector<In*>& servers,
    const protocol::Call& call, const v1::ReconcileMigrationsRequest& message) {
  absl::StatusOr<protocol::ReconcileRequest> request = ParseReconcileRequest(message, call);
  if (!request.ok()) co_return border::StatusFor(call.listener, request.status());
  if (call.listener == identity::Listener::kOutside) {
    request->authenticated_peer_system = call.peer.system;
    const absl::StatusOr<protocol::ReconcilePage> page = co_await AskEveryServer(servers, call, *std::move(request));
    if (!page.ok()) co_return border::StatusForOutside(page.status());
    co_return ToProto(*page);
  }
  const auto entry = entries.find(request->asked_system.value_or(""));
  if (entry == entries.end()) co_return absl::FailedPreconditionError("asked_system: no way there in the system table");
  request->asked_system.reset();
  const absl::StatusOr<protocol::ReconcilePage> page = co_await entry->second->ReconcileMigrations(call, *request);
  if (!page.ok()) co_return border::StatusFromOutside(page.status());
  co_return ToProto(*page);
}

}  // namespace mcmig::gateway

#endif  // SERVICES_GATEWAY_RECONCILE_H_
