#ifndef COMMON_TOKEN_HTTPS_FETCH_H_
#define COMMON_TOKEN_HTTPS_FETCH_H_

#include <atomic>
#include <cstddef>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace mcmig::token {

struct HttpsRequest {
  // As CheckHttpsUri takes it.
  std::string uri;
  // PEM: the authorities that the server is verified against. None of the machine's.
  std::string ca_file;
  size_t max_bytes = 0;
  // For everything, from the look-up of the name to the last byte.
  absl::Duration timeout = absl::Seconds(10);
};

struct HttpsAnswer {
  std::string body;
  // As FreshnessOf.
  std::optional<absl::Duration> freshness;
};

// INVALID_ARGUMENT unless it is "https://host[:port]/path" without user, password and fragment, at most 2,048 bytes.
absl::Status CheckHttpsUri(absl::string_view uri);

// One GET over TLS 1.2 or later, by HTTP/1.1, directly: no proxy, no redirect, no other protocol, no cookie.
// UNAVAILABLE, with a reason that names nothing of the answer, for everything but status 200 with a whole body within
// the limits, and soon after `stop` became true. Blocking; on a thread that does not
// die of SIGPIPE.
absl::StatusOr<HttpsAnswer> FetchHttps(const HttpsRequest& request, const std::atomic<bool>& stop);

}  // namespace mcmig::token

#endif  // COMMON_TOKEN_HTTPS_FETCH_H_
