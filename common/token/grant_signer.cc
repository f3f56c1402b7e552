#include "common/token/grant_signer.h"

#include <filesystem>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"

namespace mcmig::token {

absl::StatusOr<std::unique_ptr<GrantSigner>> GrantSigner::Create(const config::v1::GrantSigning& config,
                                                                 absl::string_view directory) {
  if (config.signing_key_file().empty()) return absl::InvalidArgumentError("signing_key_file: missing");
  if (config.issuer().empty() || config.issuer().size() > kMaxIdClaimBytes) {
    return absl::InvalidArgumentError("issuer: must be 1 to 256 bytes");
  }
  const std::filesystem::path path = std::filesystem::path(std::string(directory)) / config.signing_key_file();
  absl::StatusOr<SigningKey> key = SigningKey::LoadFile(path.string(), config.key_id());
  if (!key.ok()) return absl::Status(key.status().code(), absl::StrCat("signing_key_file: ", key.status().message()));
  return std::make_unique<GrantSigner>(*std::move(key), config.issuer());
}

absl::StatusOr<std::string> GrantSigner::Sign(const Grant& grant, const std::string& audience) const {
  return key_.Sign(kGrantType, WriteClaims(grant, {.issuer = issuer_, .audience = audience}));
}

absl::StatusOr<std::string> GrantSigner::Sign(const SignedCancel& cancel, const std::string& audience) const {
  return key_.Sign(kCancelType, WriteClaims(cancel, {.issuer = issuer_, .audience = audience}));
}

}  // namespace mcmig::token
