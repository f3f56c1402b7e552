#include "common/token/grant_verifier.h"

#include <filesystem>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "common/token/jws.h"

namespace mcmig::token {

absl::StatusOr<std::unique_ptr<GrantVerifier>> GrantVerifier::Create(const config::v1::GrantKeys& config,
                                                                     absl::string_view directory) {
  if (config.jwks_file().empty()) return absl::InvalidArgumentError("jwks_file: missing");
  if (config.issuer().empty()) return absl::InvalidArgumentError("issuer: missing");
  if (config.audience().empty()) return absl::InvalidArgumentError("audience: missing");
  const std::filesystem::path path = std::filesystem::path(std::string(directory)) / config.jwks_file();
  absl::StatusOr<std::unique_ptr<FileKeys>> keys = FileKeys::Load(path.string(), {Algorithm::kEs256});
  if (!keys.ok()) return absl::Status(keys.status().code(), absl::StrCat("jwks_file: ", keys.status().message()));
  return std::make_unique<GrantVerifier>(*std::move(keys),
                                         TokenOrigin{.issuer = config.issuer(), .audience = config.audience()});
}

absl::StatusOr<std::string> GrantVerifier::Payload(absl::string_view text, absl::string_view type) const {
  const std::shared_ptr<const KeySet> keys = keys_->Keys();
  if (keys == nullptr) return absl::UnauthenticatedError("no current keys to verify it with");
  return VerifyCompact(text, *keys, {type});
}

absl::StatusOr<Grant> GrantVerifier::VerifyGrant(absl::string_view grant) const {
  const absl::StatusOr<std::string> payload = Payload(grant, kGrantType);
  if (!payload.ok()) return payload.status();
  return ReadGrant(*payload, origin_);
}

absl::StatusOr<SignedCancel> GrantVerifier::VerifyCancel(absl::string_view cancel) const {
  const absl::StatusOr<std::string> payload = Payload(cancel, kCancelType);
  if (!payload.ok()) return payload.status();
  return ReadSignedCancel(*payload, origin_);
}

}  // namespace mcmig::token
