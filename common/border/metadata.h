#ifndef COMMON_BORDER_METADATA_H_
#define COMMON_BORDER_METADATA_H_

#include <string>
#include <utility>
#include <vector>

#include "common/protocol/call.h"

namespace mcmig::border {

// gRPC metadata, keys in lower case. May hold a secret: never logged.
using Metadata = std::vector<std::pair<std::string, std::string>>;

// All that goes along beside a message that `call` sends out on `leg`:
//   kClient   `authorization: Bearer` with call.bearer_token (clause 10.6.3.3 NOTE 1), and the trace context
//   kInside   the trace context (`traceparent`, W3C Trace Context), never the token
//   kOutside  nothing
// What has no valid form is left out: an access token that is not a b64token of RFC 6750, and a trace ID that is not 32
// lower-case hex digits, or all zeros. Pure; thread-safe.
Metadata OutgoingMetadata(protocol::Leg leg, const protocol::Call& call);

}  // namespace mcmig::border

#endif  // COMMON_BORDER_METADATA_H_
