#ifndef COMMON_TOKEN_GRANT_VERIFIER_H_
#define COMMON_TOKEN_GRANT_VERIFIER_H_

#include <memory>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "common/ops/reloads.h"
#include "common/token/claims.h"
#include "common/token/file_keys.h"
#include "common/token/grant.h"
#include "common/token/jwks.h"
#include "common/token/key_source.h"
#include "mcmig/config/v1/common.pb.h"

namespace mcmig::token {

// Verifies what one primary MC system signs for this one (an extension). ES256 only. Remembers nothing: each grant is
// for one answer. Thread-safe.
class GrantVerifier {
 public:
  // Reads the JWKS file; `directory` is where a relative name starts. INVALID_ARGUMENT, naming the field, for whatever
  // is missing and a key set that is refused; NOT_FOUND where the file cannot be read.
  static absl::StatusOr<std::unique_ptr<GrantVerifier>> Create(const config::v1::GrantKeys& config,
                                                               absl::string_view directory);

  // `keys` were parsed with ES256 alone; neither part of `origin` is empty.
  GrantVerifier(KeySet keys, TokenOrigin origin)
      : GrantVerifier(std::make_unique<FileKeys>(std::move(keys)), std::move(origin)) {}
  GrantVerifier(std::unique_ptr<KeySource> keys, TokenOrigin origin)
      : keys_(std::move(keys)), origin_(std::move(origin)) {}

  // As KeySource::Keep. The series of the metrics are those of all primary MC systems together.
  void Keep(ops::Reloads& reloads) { keys_->Keep(reloads, "grant_keys"); }

  // The claims of a compact JWS of at most 8 KiB, whose issuer is that system and whose audience is this one.
  // UNAUTHENTICATED, with a reason and nothing of the token, where it is not right or of the other kind. What it stands
  // for, and when, is for a rule to decide.
  [[nodiscard]] absl::StatusOr<Grant> VerifyGrant(absl::string_view grant) const;
  [[nodiscard]] absl::StatusOr<SignedCancel> VerifyCancel(absl::string_view cancel) const;

  // As audience of the requests whose digests are in grants.
  [[nodiscard]] const std::string& audience() const { return origin_.audience; }

 private:
  // What is signed, where it is of `type` and by a key that is current.
  [[nodiscard]] absl::StatusOr<std::string> Payload(absl::string_view text, absl::string_view type) const;

  const std::unique_ptr<KeySource> keys_;
  const TokenOrigin origin_;
};

}  // namespace mcmig::token

#endif  // COMMON_TOKEN_GRANT_VERIFIER_H_
