#ifndef COMMON_PROTOCOL_EMERGENCY_SHARE_H_
#define COMMON_PROTOCOL_EMERGENCY_SHARE_H_

#include <optional>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/protocol/authorization.h"
#include "common/protocol/call.h"

// The emergency share (docs/security.md): where another MC system or a listener has no ordinary room left, a call is
// let in for priority users only. Who is one, the servers' own lists say. Pure; thread-safe.
namespace mcmig::protocol {

// Whether only a priority user may go on, and if so, when anyone else is told to try again: the transport here, or the
// own gateway before it, found no ordinary room.
std::optional<absl::Duration> EmergencyOnly(const Call& call, const AuthorizationRequest& request);

// RESOURCE_EXHAUSTED, as of a call that was not let in.
absl::Status NoOrdinaryRoom(absl::Duration try_again);
// The same where EmergencyOnly and `priority_user`, which says whose request it is, do not go together; else OK.
absl::Status CheckRoom(const Call& call, const AuthorizationRequest& request, bool priority_user);

// `decision` as another MC system may see it where `only`, of EmergencyOnly, is set. Refusals become NoOrdinaryRoom, or
// they would tell which users there are, and who of them is a priority user. A success, which takes the user's consent,
// and errors that say nothing of the user, stay.
absl::StatusOr<Decision> WithinEmergencyShare(std::optional<absl::Duration> only, absl::StatusOr<Decision> decision);

}  // namespace mcmig::protocol

#endif  // COMMON_PROTOCOL_EMERGENCY_SHARE_H_
