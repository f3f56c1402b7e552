#ifndef COMMON_TOKEN_PRIMARY_CREDENTIAL_VERIFIER_H_
#define COMMON_TOKEN_PRIMARY_CREDENTIAL_VERIFIER_H_

#include <memory>
#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "common/ops/reloads.h"
#include "common/token/file_keys.h"
#include "common/token/jwks.h"
#include "common/token/key_source.h"
#include "common/token/primary_credential.h"
#include "mcmig/config/v1/process.pb.h"

namespace mcmig::token {

// `typ` of a primary credential, so that it never passes as an access token, nor an access token as one. An extension.
inline constexpr absl::string_view kPrimaryCredentialType = "mcmig-primary-credential+jwt";

// Verifies the primary credentials of the primary's own identity management server (clause 10.6.3.3 step 6, an
// extension). Remembers none: each is good for one request. Thread-safe.
class PrimaryCredentialVerifier {
 public:
  // As OpenConfiguredKeys; INVALID_ARGUMENT also for a missing issuer.
  static absl::StatusOr<std::unique_ptr<PrimaryCredentialVerifier>> Create(const config::v1::PrimaryCredentials& config,
                                                                           absl::string_view directory);

  // `issuer` is not empty.
  PrimaryCredentialVerifier(KeySet keys, std::string issuer)
      : PrimaryCredentialVerifier(std::make_unique<FileKeys>(std::move(keys)), std::move(issuer)) {}
  PrimaryCredentialVerifier(std::unique_ptr<KeySource> keys, std::string issuer)
      : keys_(std::move(keys)), issuer_(std::move(issuer)) {}

  // As KeySource::Keep.
  void Keep(ops::Reloads& reloads) { keys_->Keep(reloads, "primary_credentials"); }

  // The claims of `credential`, a compact JWS of at most 8 KiB, whose audience has to be `audience`. UNAUTHENTICATED,
  // with a reason and nothing of the credential, where it is not right. Does not look at the clock.
  [[nodiscard]] absl::StatusOr<PrimaryCredential> Verify(absl::string_view credential,
                                                         const std::string& audience) const;

 private:
  const std::unique_ptr<KeySource> keys_;
  const std::string issuer_;
};

}  // namespace mcmig::token

#endif  // COMMON_TOKEN_PRIMARY_CREDENTIAL_VERIFIER_H_
