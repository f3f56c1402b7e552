#ifndef COMMON_IDENTITY_MC_SERVICE_ID_H_
#define COMMON_IDENTITY_MC_SERVICE_ID_H_

#include <cstddef>
#include <string>

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

  // Parses a sip:, sips: or other hierarchical (`scheme://user@host/path`) URI by RFC 3261 and RFC 3986. INVALID_ARGUMENT,
  // with a text that does not repeat the ID, for: empty or oversize input, a missing user part or host, IP-literal and
  // numeric hosts, tel: and other schemes without a host, URI headers (`?`), passwords, control or non-ASCII bytes, bad
  // percent-encoding.
  static absl::StatusOr<McServiceId> Parse(absl::string_view bytes);

  // The bytes received, for echoing.
  [[nodiscard]] const std::string& received() const { return received_; }
  // The key form: scheme and host in lower case, unreserved characters decoded, other percent-encodings in upper case,
  // user part otherwise untouched (it is case-sensitive), no port or parameters that do not identify the user.
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
