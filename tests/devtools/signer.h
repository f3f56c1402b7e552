#ifndef TESTS_DEVTOOLS_SIGNER_H_
#define TESTS_DEVTOOLS_SIGNER_H_

#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "common/token/algorithm.h"
#include "common/token/openssl_ptr.h"
#include "nlohmann/json.hpp"

namespace mcmig::devtools {

// A private key that signs tokens, as an identity management server would. For tests and demos: testonly, so that the
// product cannot link it. Header and payload are signed as given, right or wrong. Thread-safe.
class Signer {
 public:
  // A new key: P-256, RSA of 2048 bits, or Ed25519.
  static absl::StatusOr<Signer> Generate(token::Algorithm algorithm, std::string key_id);
  // A private key of PEM text. INVALID_ARGUMENT where it is none, or of another type than the algorithm needs.
  static absl::StatusOr<Signer> FromPem(absl::string_view pem, token::Algorithm algorithm, std::string key_id);

  // The private key, PKCS #8 without encryption.
  [[nodiscard]] absl::StatusOr<std::string> ToPem() const;
  // The public key with `kid`, `use` and `alg`.
  [[nodiscard]] absl::StatusOr<nlohmann::json> PublicJwk() const;

  // `alg`, `kid` and `typ` "JWT".
  [[nodiscard]] nlohmann::json Header() const;
  // The signature in the form of JWS.
  [[nodiscard]] absl::StatusOr<std::string> Sign(absl::string_view message) const;
  // A compact JWS. The texts need not be JSON.
  [[nodiscard]] absl::StatusOr<std::string> SignCompact(absl::string_view header, absl::string_view payload) const;
  // With Header().
  [[nodiscard]] absl::StatusOr<std::string> SignToken(const nlohmann::json& payload) const;

 private:
  Signer(token::Algorithm algorithm, std::string key_id, token::EvpPkeyPtr key)
      : algorithm_(algorithm), key_id_(std::move(key_id)), key_(std::move(key)) {}

  token::Algorithm algorithm_;
  std::string key_id_;
  token::EvpPkeyPtr key_;
};

// The text of a JSON Web Key Set with these keys.
std::string KeySetOf(absl::Span<const nlohmann::json> keys);

}  // namespace mcmig::devtools

#endif  // TESTS_DEVTOOLS_SIGNER_H_
