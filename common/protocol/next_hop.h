#ifndef COMMON_PROTOCOL_NEXT_HOP_H_
#define COMMON_PROTOCOL_NEXT_HOP_H_

#include "absl/status/statusor.h"
#include "common/async/task.h"
#include "common/protocol/authorization.h"
#include "common/protocol/call.h"

namespace mcmig::protocol {

// The server that the migration service authorization request goes to next: a gateway or an MC service server.
// The product's implementation is in common/rpc, the simulated one delivers to a handler. Thread-safe.
class NextHop {
 public:
  virtual ~NextHop() = default;
  // Asks once, within call.deadline and until call.cancel. `request` outlives the task.
  //
  // OK is a decision: the answer was checked against what was sent. Else, with a text that names nothing of the next
  // hop: UNAVAILABLE, DEADLINE_EXCEEDED, CANCELLED, INTERNAL: outcome unknown. INVALID_ARGUMENT, UNAUTHENTICATED,
  // PERMISSION_DENIED, RESOURCE_EXHAUSTED: refused as a call, nothing recorded.
  virtual async::Task<absl::StatusOr<Decision>> AuthorizeMigration(const Call& call,
                                                                   const AuthorizationRequest& request) = 0;
};

}  // namespace mcmig::protocol

#endif  // COMMON_PROTOCOL_NEXT_HOP_H_
