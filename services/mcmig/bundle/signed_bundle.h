#ifndef SERVICES_MCMIG_BUNDLE_SIGNED_BUNDLE_H_
#define SERVICES_MCMIG_BUNDLE_SIGNED_BUNDLE_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "common/token/jwks.h"
#include "common/token/signing_key.h"
#include "mcmig/config/v1/trust_bundle.pb.h"
#include "services/mcmig/bundle/root_certificate.h"

namespace mcmig::bundle {

// `typ` of a bundle, so that it passes as no token and no token as a bundle.
inline constexpr absl::string_view kBundleType = "mcmig-bundle+jwt";

// A trust bundle as it is exchanged: a compact JWS (RFC 7515), ES256 only, of JSON (content.h), signed by a key that it
// names itself. That proves that it is whole, and by itself nothing of whose it is: for that there is its fingerprint,
// or the bundle before it. Immutable; thread-safe.
class SignedBundle {
 public:
  // Longest accepted text; checked before anything else is done with it.
  static constexpr size_t kMaxBytes = size_t{256} * 1024;

  // `text` may end in a line break. INVALID_ARGUMENT, "FIELD PATH: reason", for a content that is refused;
  // UNAUTHENTICATED where it is signed by none of its bundle_keys, not as token::VerifyCompact wants it, or altered.
  static absl::StatusOr<SignedBundle> Open(absl::string_view text);
  // Signs `content`. As Open, for what it would refuse; INTERNAL where OpenSSL fails.
  static absl::StatusOr<SignedBundle> Seal(const config::v1::TrustBundle& content, const token::SigningKey& key);

  [[nodiscard]] const config::v1::TrustBundle& content() const { return content_; }
  [[nodiscard]] const std::vector<RootCertificate>& roots() const { return roots_; }
  // `kid` of the key that signed it.
  [[nodiscard]] const std::string& signer() const { return signer_; }
  // Of the text: one altered byte makes it another.
  [[nodiscard]] const std::string& fingerprint() const { return fingerprint_; }
  // Without a line break.
  [[nodiscard]] const std::string& text() const { return text_; }
  // Whether one of `other`'s bundle_keys signed this one.
  [[nodiscard]] bool IsSignedByAKeyOf(const SignedBundle& other) const;

 private:
  SignedBundle(std::string text, token::KeySet keys) : text_(std::move(text)), keys_(std::move(keys)) {}

  std::string text_;
  token::KeySet keys_;
  config::v1::TrustBundle content_;
  std::vector<RootCertificate> roots_;
  std::string signer_;
  std::string fingerprint_;
};

}  // namespace mcmig::bundle

#endif  // SERVICES_MCMIG_BUNDLE_SIGNED_BUNDLE_H_
