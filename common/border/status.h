#ifndef COMMON_BORDER_STATUS_H_
#define COMMON_BORDER_STATUS_H_

#include "absl/status/status.h"
#include "common/identity/peer.h"

// How a call that was not decided ends on the far side of the border. Texts come from a fixed set, in both directions:
// a text of the inside could name hosts, servers or users, and a text of a peer could forge a log line. Both keep OK,
// and the codes INVALID_ARGUMENT, UNAUTHENTICATED, PERMISSION_DENIED, RESOURCE_EXHAUSTED (with its hint when to try
// again, protocol/pushback.h), UNAVAILABLE, DEADLINE_EXCEEDED and CANCELLED; every other code becomes INTERNAL. All
// else that a status carries is dropped. Pure; thread-safe.
namespace mcmig::border {

// The status as another MC system may see it. INVALID_ARGUMENT keeps the field's path where it is one of
// MigrationServiceAuthorizationRequest or of lifecycle.proto: that is the peer's own message.
absl::Status StatusForOutside(const absl::Status& status);

// The status as the callers of a listener may see it: those of an outside one are another MC system.
absl::Status StatusFor(identity::Listener listener, const absl::Status& status);

// The status as it goes on inside, of a call that another MC system did not decide.
absl::Status StatusFromOutside(const absl::Status& status);

}  // namespace mcmig::border

#endif  // COMMON_BORDER_STATUS_H_
