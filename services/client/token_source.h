#ifndef SERVICES_CLIENT_TOKEN_SOURCE_H_
#define SERVICES_CLIENT_TOKEN_SOURCE_H_

#include <cstddef>
#include <string>

#include "absl/status/statusor.h"

namespace mcmig::client {

// Where the partners' access tokens and the primary credentials come from: the agent obtains none itself, whoever does
// leaves each in a file and may refresh it at any time (by renaming a new file over the old one, so that no half is
// read). Thread-safe.
class TokenSource {
 public:
  virtual ~TokenSource() = default;
  // The token that is there now, without white space around it. UNAVAILABLE, with a text that holds nothing of the
  // token, where there is none: nothing was sent. Secret: never logged.
  virtual absl::StatusOr<std::string> Read(const std::string& file) = 0;
};

// Reads the file anew for every request, of at most kMaxBytes. Inline on the handler's thread: a few kilobytes of a
// local file, most often from the page cache, cost less than handing over to another thread; do not put it on a network
// share.
class FileTokenSource final : public TokenSource {
 public:
  static constexpr size_t kMaxBytes = 8192;

  absl::StatusOr<std::string> Read(const std::string& file) override;
};

}  // namespace mcmig::client

#endif  // SERVICES_CLIENT_TOKEN_SOURCE_H_
