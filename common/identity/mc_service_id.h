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
// forms are equal. Nothing that was received is left out of the canonical form: what does not identify a user (port,
// URI parameters, headers, query, fragment) is refused rather than ignored, so that no two spellings are told apart by
// one server and not by another. Immutable value; thread-safe.
class McServiceId {
 public:
  // Longest accepted ID in bytes. Our own bound; the specification names none.
  static constexpr size_t kMaxBytes = 256;

  // Parses `sip:user@host` and `sips:user@host` (RFC 3261 clause 19.1), and `scheme://user@host` and
  // `scheme://user@host/path` of other schemes (RFC 3986). INVALID_ARGUMENT, with a text that does not repeat the ID,
  // for:
  //   - empty or oversize input, control or non-ASCII bytes, also where percent-encoded controls stand for them
  //   - a missing user part or host; tel: and other schemes without a host
  //   - passwords, ports, URI parameters, headers, queries and fragments
  //   - a host that is not a domain name: IP literals and addresses, a last label that does not start with a letter,
  //   empty
  //     labels, labels of more than 63 bytes (RFC 1035), underscores, percent-encoding
  //   - bad percent-encoding, and characters that the RFC wants encoded
  //   - empty, "." and ".." path segments
  static absl::StatusOr<McServiceId> Parse(absl::string_view bytes);

  // The bytes received, for echoing.
  [[nodiscard]] const std::string& received() const { return received_; }
  // The key form: scheme and host in lower case, host without a trailing dot, percent-encoded unreserved characters (of
  // the scheme's RFC) decoded, other percent-encodings in upper case; user part and path otherwise untouched, since
  // they are case-sensitive. sip: and sips: stay distinct (RFC 3261 clause 19.1.4).
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
