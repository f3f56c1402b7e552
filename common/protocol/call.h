#ifndef COMMON_PROTOCOL_CALL_H_
#define COMMON_PROTOCOL_CALL_H_

#include <optional>
#include <string>

#include "absl/time/time.h"
#include "common/async/cancel.h"
#include "common/async/executor.h"
#include "common/identity/peer.h"

namespace mcmig::protocol {

// The kinds of connection a call can go out on; it decides what goes along beside the message (common/border).
enum class Leg {
  kClient,   // client agent → partner MC service server: carries the access token
  kInside,   // within one MC system: carries the trace context
  kOutside,  // between MC systems: carries nothing of the inside
};

struct CallNote;

// One incoming call as a handler sees it. Outlives the handler; made by common/rpc from what the transport
// authenticated, or by the simulation.
struct Call {
  identity::Peer peer;
  identity::Listener listener = identity::Listener::kOutside;
  // Never infinite: the caller's, at most the listener's maximum.
  absl::Time deadline;
  // W3C trace ID, 32 hex digits: the caller's on client and inside listeners, new on outside ones.
  std::string trace_id;
  // Access token of `authorization: Bearer`; empty where there was none. Secret: never logged, never sent on.
  std::string bearer_token;
  // Where the handler runs.
  async::Executor* executor = nullptr;
  // Cancelled when the caller has gone. A started commit does not look at it.
  async::CancelSignal* cancel = nullptr;
  // Set: there was no ordinary room, and the emergency share let the call in; only for a user who is marked as priority
  // here. Anyone else is refused, with this hint when to try again (emergency_share.h).
  std::optional<absl::Duration> emergency_only = std::nullopt;
  // Whether it may go out by the emergency share of the next hop. Set by handlers alone, for a user who is so marked.
  bool priority_user = false;
  // Where the handler says how it decided, for the audit log (call_note.h). Null where there is none.
  CallNote* note = nullptr;
};

// A call that this process makes on its own account, for nobody's request; may outlive every incoming one.
inline Call BackgroundCall(async::Executor& executor, async::CancelSignal& stop, absl::Time deadline) {
  Call call;
  call.deadline = deadline;
  call.executor = &executor;
  call.cancel = &stop;
  return call;
}

}  // namespace mcmig::protocol

#endif  // COMMON_PROTOCOL_CALL_H_
