#ifndef COMMON_IDENTITY_REVOCATION_H_
#define COMMON_IDENTITY_REVOCATION_H_

#include <cstddef>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "common/identity/openssl_ptr.h"

namespace mcmig::identity {

// The certificate revocation lists (CRLs, RFC 5280) of one MC system's authorities.
//
// Where a system has lists, one is needed of every authority in a chain, root and intermediates alike: a certificate
// whose issuer has none is refused, as a revoked one is. Indirect lists and those for some reasons only count as none.
// Immutable; movable.
class RevocationLists {
 public:
  static constexpr size_t kMaxLists = 100;
  static constexpr size_t kMaxBytes = size_t{16} << 20;
  // A list is good until its nextUpdate and this much longer, so that a late one stops nobody at once.
  static constexpr absl::Duration kGrace = absl::Hours(1);

  // Reads PEM. INVALID_ARGUMENT where it holds no list, an unreadable one, one without nextUpdate or with a signature
  // by SHA-1 or MD5, or is beyond the limits. Signatures are not verified here. The text names the reason only.
  static absl::StatusOr<RevocationLists> Parse(absl::string_view pem);

  // Makes `store`, whose authorities are `roots`, refuse what is revoked or of which no list tells. INVALID_ARGUMENT
  // where a list has the name of a root and is signed by none of that name; the signatures of intermediate authorities,
  // whose certificates only peers bring, are verified with each chain.
  absl::Status AddTo(X509_STORE* store, const STACK_OF(X509) * roots) const;

  // When the first of the issuers in `chain` has no good list any more.
  [[nodiscard]] absl::Time GoodUntil(const STACK_OF(X509) * chain) const;
  // The same of all lists.
  [[nodiscard]] absl::Time GoodUntil() const;

  // Lets the verification in `context`, at its own time, take lists within kGrace.
  static void AllowGrace(X509_STORE_CTX* context);

 private:
  explicit RevocationLists(CrlStackPtr lists) : lists_(std::move(lists)) {}

  CrlStackPtr lists_;
};

}  // namespace mcmig::identity

#endif  // COMMON_IDENTITY_REVOCATION_H_
