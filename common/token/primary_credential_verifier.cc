#include "common/token/primary_credential_verifier.h"

#include <utility>

#include "absl/status/status.h"
#include "common/token/claims.h"
#include "common/token/configured_keys.h"
#include "common/token/jws.h"

namespace mcmig::token {

absl::StatusOr<std::unique_ptr<PrimaryCredentialVerifier>> PrimaryCredentialVerifier::Create(
    const config::v1::PrimaryCredentials& config, absl::string_view directory) {
  if (config.issuer().empty()) return absl::InvalidArgumentError("issuer: missing");
  absl::StatusOr<std::unique_ptr<KeySource>> keys = OpenConfiguredKeys({.jwks_file = config.jwks_file(),
                                                                        .jwks_uri = config.jwks_uri(),
                                                                        .jwks_ca_file = config.jwks_ca_file(),
                                                                        .algorithms = config.algorithms(),
                                                                        .leeway = config.leeway()},
                                                                       directory);
  if (!keys.ok()) return keys.status();
  return std::make_unique<PrimaryCredentialVerifier>(*std::move(keys), config.issuer());
}

absl::StatusOr<PrimaryCredential> PrimaryCredentialVerifier::Verify(absl::string_view credential,
                                                                    const std::string& audience) const {
  const std::shared_ptr<const KeySet> keys = keys_->Keys();
  if (keys == nullptr) return absl::UnauthenticatedError("no current keys to verify it with");
  const absl::StatusOr<std::string> payload = VerifyCompact(credential, *keys, {kPrimaryCredentialType});
  if (!payload.ok()) {
    if (NamesUnknownKey(payload.status())) keys_->Missed();
    return payload.status();
  }
  return ReadCredentialClaims(*payload, {.issuer = issuer_, .audience = audience});
}

}  // namespace mcmig::token
