#ifndef COMMON_TOKEN_GRANT_SIGNER_H_
#define COMMON_TOKEN_GRANT_SIGNER_H_

#include <memory>
#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "common/token/grant.h"
#include "common/token/signing_key.h"
#include "mcmig/config/v1/process.pb.h"

namespace mcmig::token {

// Signs what the primary MC system grants and cancels (an extension). Thread-safe.
class GrantSigner {
 public:
  // Reads the key; `directory` is where a relative name starts. INVALID_ARGUMENT and NOT_FOUND, naming the field.
  static absl::StatusOr<std::unique_ptr<GrantSigner>> Create(const config::v1::GrantSigning& config,
                                                             absl::string_view directory);

  // `issuer` is not empty.
  GrantSigner(SigningKey key, std::string issuer) : key_(std::move(key)), issuer_(std::move(issuer)) {}

  // Compact JWS of at most 8 KiB for the partner MC system `audience`. INTERNAL where OpenSSL fails.
  [[nodiscard]] absl::StatusOr<std::string> Sign(const Grant& grant, const std::string& audience) const;
  [[nodiscard]] absl::StatusOr<std::string> Sign(const SignedCancel& cancel, const std::string& audience) const;

 private:
  const SigningKey key_;
  const std::string issuer_;
};

}  // namespace mcmig::token

#endif  // COMMON_TOKEN_GRANT_SIGNER_H_
