#ifndef SERVICES_PRIMARY_SERVER_RETRY_HINT_H_
#define SERVICES_PRIMARY_SERVER_RETRY_HINT_H_

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "common/protocol/pushback.h"

namespace mcmig::primary_server {

// When to try again where too many changes wait for the store: it writes a group in a few milliseconds.
inline constexpr absl::Duration kStoreBusy = absl::Seconds(1);
// … and where the user migrated too often: the request memory empties with the replay window.
inline constexpr absl::Duration kMemoryFull = protocol::kMaxPushback;

// Without a hint, RESOURCE_EXHAUSTED would reach the partner MC system as an unknown outcome.
inline absl::Status WithHint(const absl::Status& status, absl::Duration after) {
  return absl::IsResourceExhausted(status) ? protocol::ResourceExhausted(status.message(), after) : status;
}

}  // namespace mcmig::primary_server

#endif  // SERVICES_PRIMARY_SERVER_RETRY_HINT_H_
