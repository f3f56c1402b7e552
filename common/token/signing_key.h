#ifndef COMMON_TOKEN_SIGNING_KEY_H_
#define COMMON_TOKEN_SIGNING_KEY_H_

#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "common/token/openssl_ptr.h"

namespace mcmig::token {

// A P-256 private key that signs with ES256, kept as an OpenSSL key. Nothing of the private part leaves it, nor is in
// any text. Immutable; any number of threads may sign with one key at once.
class SigningKey {
 public:
  // A private key in PEM without a passphrase. `key_id` empty: its thumbprint (RFC 7638, SHA-256), so that each key has
  // a name of its own. INVALID_ARGUMENT for another text, another type of key, and a `key_id` that is longer than
  // VerificationKey takes.
  static absl::StatusOr<SigningKey> FromPem(absl::string_view pem, std::string key_id);
  // As FromPem. NOT_FOUND where the file cannot be read. Blocking.
  static absl::StatusOr<SigningKey> LoadFile(const std::string& path, std::string key_id);

  // A compact JWS of `payload`, whose header has `alg`, `kid` and `typ`. INTERNAL where OpenSSL fails. Leaves OpenSSL's
  // error queue as it was.
  [[nodiscard]] absl::StatusOr<std::string> Sign(absl::string_view type, absl::string_view payload) const;
  [[nodiscard]] const std::string& key_id() const { return key_id_; }
  // A JSON Web Key Set with the public key, as KeySet::Parse takes it.
  [[nodiscard]] absl::StatusOr<std::string> PublicKeySet() const;

 private:
  SigningKey(std::string key_id, EvpPkeyPtr key) : key_id_(std::move(key_id)), key_(std::move(key)) {}

  std::string key_id_;
  EvpPkeyPtr key_;
};

}  // namespace mcmig::token

#endif  // COMMON_TOKEN_SIGNING_KEY_H_
