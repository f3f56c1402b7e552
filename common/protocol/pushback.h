#ifndef COMMON_PROTOCOL_PUSHBACK_H_
#define COMMON_PROTOCOL_PUSHBACK_H_

#include <optional>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace mcmig::protocol {

// Longest hint that is made or believed: nobody can be kept away for longer by one answer.
inline constexpr absl::Duration kMaxPushback = absl::Minutes(1);

// RESOURCE_EXHAUSTED with a hint when to try again, which common/rpc sends as the trailer `grpc-retry-pushback-ms`.
// `after` is in whole milliseconds, between 0 and kMaxPushback; outside of that it is brought to the nearer end.
absl::Status ResourceExhausted(absl::string_view text, absl::Duration after);

// The hint of a RESOURCE_EXHAUSTED status, at most kMaxPushback; none where it has none.
std::optional<absl::Duration> PushbackOf(const absl::Status& status);

}  // namespace mcmig::protocol

#endif  // COMMON_PROTOCOL_PUSHBACK_H_
