#include "common/protocol/emergency_share.h"

#include "common/protocol/pushback.h"

namespace mcmig::protocol {
namespace {

// Beside what a gateway tells its peer.
constexpr absl::Duration kWhenFull = absl::Milliseconds(100);

}  // namespace

std::optional<absl::Duration> EmergencyOnly(const Call& call, const AuthorizationRequest& request) {
  if (call.emergency_only.has_value()) return call.emergency_only;
  if (request.emergency_share == EmergencyShare::kOnly) return kWhenFull;
  return std::nullopt;
}

absl::Status NoOrdinaryRoom(absl::Duration try_again) { return ResourceExhausted("too many calls", try_again); }

absl::Status CheckRoom(const Call& call, const AuthorizationRequest& request, bool priority_user) {
  const std::optional<absl::Duration> only = EmergencyOnly(call, request);
  return only.has_value() && !priority_user ? NoOrdinaryRoom(*only) : absl::OkStatus();
}

absl::StatusOr<Decision> WithinEmergencyShare(std::optional<absl::Duration> only, absl::StatusOr<Decision> decision) {
  if (!only.has_value()) return decision;
  // Also where it was the next hop, or the memory of requests, that had no room: each has a hint of its own.
  const bool refused = decision.ok() ? decision->cause != Cause::kNone : absl::IsResourceExhausted(decision.status());
  return refused ? NoOrdinaryRoom(*only) : decision;
}

}  // namespace mcmig::protocol
