#ifndef COMMON_IDENTITY_MC_SERVICE_ID_H_
#define COMMON_IDENTITY_MC_SERVICE_ID_H_

#include <cstddef>
#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace mcmig::identity {

// An MC service ID (MCPTT ID, MCVideo ID or MCData ID): a URI whose host says which MC system it belongs to
// (TS 23.280 clause 10.1.4; stage 3 uses SIP URIs).
//
// Parsed once at the edge; nothing downstream validates again. Two IDs are the same user exactly when their canonical
// forms are equal. Immutable value; thread-safe.
class McServiceId {
 public:
  // Longest accepted ID in bytes. Our own bound; the specification names none.
  static constexpr size_t kMaxBytes = 256;

  // Parses `sip:user@host`, `sips:user@host` or another hierarchical URI `scheme://user@host[/path]` by RFC 3261 and
  // RFC 3986. Whatever could make two spellings of one user, or one spelling of two, is refused rather than dropped.
  // INVALID_ARGUMENT, with a text that does not repeat the ID, for: empty or oversize input; tel: and other schemes
  // without a host; no user part; a password; a port; URI parameters or headers behind the host; a query or
  // fragment; a host that is an IP address, an IP literal or no domain name; control or non-ASCII bytes; a bad
  // percent-encoding; an encoded control character; '.' or '..' in a path.
  static absl::StatusOr<McServiceId> Parse(absl::string_view bytes);

  // The bytes received, for echoing.
  [[nodiscard]] const std::string& received() const { return received_; }
  // The key form: scheme and host in lower case, the host without trailing dot, percent-encodings of unreserved characters
  // decoded, others in upper case; user part otherwise untouched (it is case-sensitive).
  [[nodiscard]] const std::string& canonical() const { return canonical_; }
  // The host in lower case, without a trailing dot.
  [[nodiscard]] const std::string& domain() const { return domain_; }

  friend bool operator==(const McServiceId& a, const McServiceId& b) { return a.canonical_ == b.canonical_; }

 private:
  McServiceId(std::string received, std::string canonical, std::string domain)
      : received_(std::move(received)), canonical_(std::move(canonical)), domain_(std::move(domain)) {}

  std::string received_;
  std::string canonical_;
  std::string domain_;
};

}  // namespace mcmig::identity

#endif  // COMMON_IDENTITY_MC_SERVICE_ID_H_
