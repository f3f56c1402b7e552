#ifndef COMMON_IDENTITY_CERTIFICATE_H_
#define COMMON_IDENTITY_CERTIFICATE_H_

#include <cstddef>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "common/identity/openssl_ptr.h"
#include "common/identity/revocation.h"

namespace mcmig::identity {

// A subject alternative name with its type, in a form to compare and to look up by: DNS names in lower case, URIs byte
// for byte. A DNS name never equals a URI, whatever its text.
std::string DnsNameKey(absl::string_view name);
std::string UriNameKey(absl::string_view uri);
// Of a name as configured: a URI where it has a colon, which no DNS name has.
std::string ConfiguredNameKey(absl::string_view name);

// A certificate chain as a peer sent it. Nothing in it is verified: any name can be in it. Immutable; movable.
class CertificateChain {
 public:
  static constexpr size_t kMaxBytes = 65'536;
  static constexpr size_t kMaxCertificates = 10;
  static constexpr size_t kMaxNames = 100;

  // Reads PEM, leaf first. UNAUTHENTICATED where it is no certificate, beyond the limits, or the leaf has no DNS or URI
  // SAN; the text names the reason only.
  static absl::StatusOr<CertificateChain> Parse(absl::string_view pem);

  // The keys of the leaf's DNS and URI SANs, in its order. The common name is no name.
  [[nodiscard]] const std::vector<std::string>& names() const { return names_; }

 private:
  friend class TrustRoots;
  CertificateChain(X509StackPtr certificates, std::vector<std::string> names)
      : certificates_(std::move(certificates)), names_(std::move(names)) {}

  X509StackPtr certificates_;
  std::vector<std::string> names_;
};

// When a chain is valid: at `not_before` and later, before `not_after`.
struct Validity {
  absl::Time not_before = absl::InfinitePast();
  absl::Time not_after = absl::InfiniteFuture();

  [[nodiscard]] bool Contains(absl::Time now) const { return not_before <= now && now < not_after; }
};

// When the first of the certificates in `pem` expires, a chain or roots; unverified. INVALID_ARGUMENT where there is
// none or one is unreadable.
absl::StatusOr<absl::Time> EarliestExpiry(absl::string_view pem);

// The root certificates of one MC system, and what its authorities revoked: no other certificate, none of the
// machine's, is trusted. Immutable; thread-safe.
class TrustRoots {
 public:
  static constexpr size_t kMaxCertificates = 100;

  // INVALID_ARGUMENT where `pem` holds no certificate, an unreadable one, one that is no authority's, or too many.
  // Without `lists` nothing counts as revoked. As RevocationLists::AddTo for a list that is not signed by its root.
  static absl::StatusOr<TrustRoots> Parse(absl::string_view pem, std::optional<RevocationLists> lists = std::nullopt);

  // Verifies at `now` that the chain ends in one of the roots: signatures, keys and digests of at least 112 bits of
  // security, validity, authority flags, name constraints, revocation, and that the leaf is meant for TLS. Certificates
  // behind the leaf help to find a root and are trusted for nothing. The answer is when all certificates of the chain
  // so found, the root included, are valid and the lists that tell of them good. UNAUTHENTICATED with OpenSSL's fixed
  // text of the reason.
  [[nodiscard]] absl::StatusOr<Validity> Verify(const CertificateChain& chain, absl::Time now) const;

 private:
  TrustRoots(X509StorePtr store, std::optional<RevocationLists> lists)
      : store_(std::move(store)), lists_(std::move(lists)) {}

  [[nodiscard]] absl::StatusOr<Validity> VerifyFor(int purpose, const CertificateChain& chain, absl::Time now) const;

  X509StorePtr store_;
  std::optional<RevocationLists> lists_;
};

}  // namespace mcmig::identity

#endif  // COMMON_IDENTITY_CERTIFICATE_H_
