#include "services/partner_server/visitor_directory.h"

#include <cstddef>
#include <optional>

#include "common/async/yield.h"
#include "common/protocol/timestamp.h"

namespace mcmig::partner_server {
namespace {

using migration::Visitor;
using protocol::Call;
using protocol::LookupRequest;

// Read without giving way to other calls.
constexpr size_t kReadsAtOnce = 10;

}  // namespace

async::Task<absl::StatusOr<v1::LookupServingSystemResponse>> VisitorDirectory::LookupServingSystem(
    const Call& call, const v1::LookupServingSystemRequest& message) const {
  ops::DecisionScope scope(source_, call);
  const absl::StatusOr<LookupRequest> request = protocol::ParseLookupRequest(message);
  if (!request.ok()) {
    scope.Ends(request.status());
    co_return request.status();
  }
  absl::StatusOr<v1::LookupServingSystemResponse> response = co_await Lookup(call, *request);
  if (response.ok()) {
    scope.Ends(protocol::Decision{.rule = "directory.looked_up"});
  } else {
    scope.Ends(response.status());
  }
  co_return response;
}

async::Task<absl::StatusOr<v1::LookupServingSystemResponse>> VisitorDirectory::Lookup(
    const Call& call, const LookupRequest& request) const {
  v1::LookupServingSystemResponse response;
  for (size_t i = 0; i < request.primary_mc_service_ids.size(); ++i) {
    if (i > 0 && i % kReadsAtOnce == 0) co_await async::Yield(*call.executor);
    const identity::McServiceId& id = request.primary_mc_service_ids[i];
    v1::ServingSystem& user = *response.add_users();
    user.set_primary_mc_service_id(id.received());
    user.set_state(v1::SERVING_STATE_NO_VISITOR);
    // Users of an MC system that nobody knows visit nobody.
    const std::optional<identity::SystemName> primary = doors_.systems->SystemOf(id);
    if (!primary) continue;
    // What a register that was restored says may be over.
    if (absl::Status open = doors_.visitors->gate().Check(*primary); !open.ok()) co_return open;
    const absl::StatusOr<std::optional<Visitor>> visitor =
        doors_.visitors->FindVisitor({*primary, {id.canonical(), request.service}});
    if (!visitor.ok()) co_return absl::UnavailableError("the visitor register cannot be read");
    if (!visitor->has_value() || !MayBeServed(**visitor, doors_.clock->Now(), doors_.clock_skew)) continue;
    user.set_state(v1::SERVING_STATE_VISITOR);
    user.set_primary_system(*primary);
    user.set_partner_system(doors_.systems->own());
    user.set_partner_mc_service_id((*visitor)->partner_mc_service_id);
    *user.mutable_epoch() = ToProto((*visitor)->epoch);
    user.set_mc_service_user_profile_index((*visitor)->profile_index);
    if ((*visitor)->authorized_until == absl::InfiniteFuture()) continue;
    *user.mutable_authorized_until() = protocol::ToTimestamp((*visitor)->authorized_until);
  }
  co_return response;
}

async::Task<absl::Status> VisitorDirectory::WatchMigrations(const Call& call,
                                                            const v1::WatchMigrationsRequest& /*message*/,
                                                            protocol::Stream<v1::WatchMigrationsResponse>& /*stream*/) {
  ops::DecisionScope scope(source_, call);
  const absl::Status status = absl::UnimplementedError(
      "a partner MC service server keeps no journal of visits; look users up here, or watch them at their primary");
  scope.Ends(status);
  co_return status;
}

}  // namespace mcmig::partner_server
