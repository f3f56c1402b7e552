#include "services/primary_server/migration_directory.h"

#include <cstddef>

#include "absl/strings/str_cat.h"
#include "common/async/yield.h"
#include "common/protocol/timestamp.h"

namespace mcmig::primary_server {
namespace {

using protocol::Call;
using protocol::LookupRequest;

// Read without giving way to other calls.
constexpr size_t kReadsAtOnce = 10;

bool IsMigrated(const std::optional<migration::Record>& record, absl::Time now, absl::Duration clock_skew) {
  return record && record->state == migration::State::kMigrated && !IsOver(*record, now, clock_skew);
}

}  // namespace

async::Task<absl::StatusOr<v1::LookupServingSystemResponse>> MigrationDirectory::LookupServingSystem(
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

async::Task<absl::StatusOr<v1::LookupServingSystemResponse>> MigrationDirectory::Lookup(
    const Call& call, const LookupRequest& request) const {
  // What a register that was restored says may be over.
  if (absl::Status open = doors_.migrations->gate().Check(); !open.ok()) co_return open;
  v1::LookupServingSystemResponse response;
  for (size_t i = 0; i < request.primary_mc_service_ids.size(); ++i) {
    if (i > 0 && i % kReadsAtOnce == 0) co_await async::Yield(*call.executor);
    const identity::McServiceId& id = request.primary_mc_service_ids[i];
    if (doors_.systems->SystemOf(id) != doors_.systems->own()) {
      co_return absl::InvalidArgumentError(absl::StrCat("primary_mc_service_ids[", i, "]: not of this MC system"));
    }
    const absl::StatusOr<migration::Snapshot> snapshot = doors_.migrations->Read({id.canonical(), request.service}, "");
    if (!snapshot.ok()) co_return absl::UnavailableError("the register cannot be read");
    v1::ServingSystem& user = *response.add_users();
    user.set_primary_mc_service_id(id.received());
    user.set_state(v1::SERVING_STATE_AT_PRIMARY);
    if (!IsMigrated(snapshot->record, doors_.clock->Now(), doors_.clock_skew)) continue;
    const migration::Record& record = *snapshot->record;
    user.set_state(v1::SERVING_STATE_MIGRATED);
    user.set_primary_system(doors_.systems->own());
    user.set_partner_system(record.partner_system);
    user.set_partner_mc_service_id(record.partner_mc_service_id);
    *user.mutable_epoch() = ToProto(record.epoch);
    user.set_mc_service_user_profile_index(record.profile_index);
    if (record.authorized_until == absl::InfiniteFuture()) continue;
    *user.mutable_authorized_until() = protocol::ToTimestamp(record.authorized_until);
  }
  co_return response;
}

}  // namespace mcmig::primary_server
