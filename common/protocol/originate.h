#ifndef COMMON_PROTOCOL_ORIGINATE_H_
#define COMMON_PROTOCOL_ORIGINATE_H_

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/async/clock.h"
#include "common/async/task.h"
#include "common/protocol/authorization.h"
#include "common/protocol/call.h"
#include "common/protocol/next_hop.h"

namespace mcmig::protocol {

// How long to wait before the n-th repetition: `first` doubled n - 1 times, at most `longest`, of which the upper half
// is spread by the request ID, so that the requests of one outage do not come back together. Both positive.
struct RetryPolicy {
  absl::Duration first = absl::Milliseconds(50);
  absl::Duration longest = absl::Seconds(1);
};

// Asks `hop`, and repeats the same request on UNAVAILABLE until call.deadline or call.cancel. For the originating hop
// only (client agent, partner MC service server): a hop between them asks once, or one outage would multiply the calls.
// Everything referred to outlives the task; runs on call.executor.
//
// An attempt that ended UNAVAILABLE may have been recorded, or may still arrive and be recorded. From then on only a
// success is an answer: a later refusal of any cause, or as a call, speaks for its own attempt alone, and is returned
// as UNAVAILABLE. Whoever repeats the request_id later, when no attempt is on its way any more, gets the refusal
// itself.
//
// OK: a success, or a refusal of a request that was sent once. INVALID_ARGUMENT, UNAUTHENTICATED, PERMISSION_DENIED,
// RESOURCE_EXHAUSTED (never repeated; with its hint): nothing recorded. UNAVAILABLE, DEADLINE_EXCEEDED, INTERNAL,
// CANCELLED: outcome unknown. A request without request_id is never repeated.
async::Task<absl::StatusOr<Decision>> AskWithRetry(NextHop& hop, const Call& call, const AuthorizationRequest& request,
                                                   const async::Clock& clock, RetryPolicy policy);

// Ends a migration, in the same way: repeated on UNAVAILABLE until call.deadline or call.cancel. An end that was
// recorded and whose answer was lost is answered with kNotOnRecord when it is repeated.
async::Task<absl::StatusOr<EndAnswer>> EndWithRetry(NextHop& hop, const Call& call, const EndRequest& request,
                                                    const async::Clock& clock, RetryPolicy policy);

}  // namespace mcmig::protocol

#endif  // COMMON_PROTOCOL_ORIGINATE_H_
