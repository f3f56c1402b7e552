#ifndef SERVICES_GATEWAY_RECONCILE_H_
#define SERVICES_GATEWAY_RECONCILE_H_

#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/async/task.h"
#include "common/border/messages.h"
#include "common/border/status.h"
#include "common/identity/peer.h"
#include "common/protocol/call.h"
#include "common/protocol/lifecycle.h"
#include "mcmig/v1/lifecycle.pb.h"

namespace mcmig::gateway {

// ReconcileMigrations of both gateway roles (an extension): from an own server, on the inside listener, to the MC
// system that it names, of those in `entries`; from a peer, on the outside listener, to `ask_own`, called as
// async::Task<absl::StatusOr<protocol::ReconcilePage>>(protocol::ReconcileRequest). Statuses as the caller may see
// them: INVALID_ARGUMENT; FAILED_PRECONDITION where the system table names no way; else what the call came to. All that
// is referred to outlives the task.
template <class Out, class AskOwn>
async::Task<absl::StatusOr<v1::ReconcileMigrationsResponse>> Reconcile(
    const absl::flat_hash_map<identity::SystemName, Out*>& entries, AskOwn ask_own, const protocol::Call& call,
    const v1::ReconcileMigrationsRequest& message) {
  const absl::StatusOr<protocol::ReconcileRequest> request = ParseReconcileRequest(message, call);
  if (!request.ok()) co_return border::StatusFor(call.listener, request.status());
  protocol::ReconcileRequest onwards = border::RequestForOutside(*request);
  if (call.listener == identity::Listener::kOutside) {
    onwards.authenticated_peer_system = call.peer.system;
    const absl::StatusOr<protocol::ReconcilePage> page = co_await ask_own(std::move(onwards));
    if (!page.ok()) co_return border::StatusForOutside(page.status());
    co_return ToProto(*page);
  }
  const auto entry = entries.find(request->asked_system.value_or(""));
  if (entry == entries.end()) co_return absl::FailedPreconditionError("asked_system: no way there in the system table");
  const absl::StatusOr<protocol::ReconcilePage> page = co_await entry->second->ReconcileMigrations(call, onwards);
  if (!page.ok()) co_return border::StatusFromOutside(page.status());
  co_return ToProto(*page);
}

}  // namespace mcmig::gateway

#endif  // SERVICES_GATEWAY_RECONCILE_H_
