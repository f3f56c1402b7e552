#ifndef COMMON_RPC_STATUS_H_
#define COMMON_RPC_STATUS_H_

#include <grpcpp/grpcpp.h>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace mcmig::rpc {

// Trailer that says in how many milliseconds to try again (gRFC A6).
inline constexpr absl::string_view kPushbackTrailer = "grpc-retry-pushback-ms";

// The status that a handler's answer goes out with on a listener where the caller belongs to the own MC system: codes
// and texts as they are, except that INTERNAL and UNKNOWN lose their text, which is for the log. Adds the pushback
// trailer to `context` where the status has a hint (protocol/pushback.h).
grpc::Status ToGrpc(const absl::Status& status, grpc::ServerContext& context);

// How an outgoing call ended, with a fixed text for each code and never the next hop's. Kept are OK, INVALID_ARGUMENT,
// UNAUTHENTICATED, PERMISSION_DENIED, UNAVAILABLE, DEADLINE_EXCEEDED, and RESOURCE_EXHAUSTED where the answer's trailer
// has a hint, which is kept too. CANCELLED is kept where the caller is `cancelled`; else the server dropped the call
// while draining, which is UNAVAILABLE. All else is INTERNAL: the outcome is unknown. So is RESOURCE_EXHAUSTED without
// a hint, which is what gRPC makes of an answer that is too large, to a call that may have been recorded.
absl::Status FromGrpc(const grpc::Status& status, const grpc::ClientContext& context, bool cancelled);

}  // namespace mcmig::rpc

#endif  // COMMON_RPC_STATUS_H_
