#ifndef COMMON_TOKEN_VERIFICATION_KEY_H_
#define COMMON_TOKEN_VERIFICATION_KEY_H_

#include <optional>
#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "common/token/algorithm.h"
#include "common/token/openssl_ptr.h"
#include "nlohmann/json.hpp"

namespace mcmig::token {

// One public key of a JSON Web Key Set, kept as an OpenSSL key and bound to the algorithms it may be used with.
//
// The binding is the defence against a token that chooses its own algorithm: an EC key verifies ES256 only, an Ed25519
// key EdDSA only, an RSA key what its `alg` says, or RS256 and PS256 where it says nothing. Immutable; any number of
// threads may verify with one key at once.
class VerificationKey {
 public:
  // Smallest and largest accepted RSA modulus.
  static constexpr int kMinRsaBits = 2048;
  static constexpr int kMaxRsaBits = 8192;
  // Longest accepted `kid` in bytes.
  static constexpr size_t kMaxKeyIdBytes = 256;

  // Reads a JWK (RFC 7517). Three ends:
  //   a key    usable with at least one of `allowed`;
  //   nothing  a well-formed public key that is for something else, as identity servers publish them side by side:
  //   `use` is
  //            not "sig", `key_ops` lacks "verify", or `kty`, `crv` or `alg` is not one of ours or not allowed;
  //   INVALID_ARGUMENT  what must not stand in a public key set, or is broken: private or symmetric key material, an
  //            RSA key outside the limits, a point that is not on the curve, `alg` that does not fit `kty`, `kid`
  //            missing.
  // Certificates beside the key (`x5c`, `x5u`) are ignored.
  static absl::StatusOr<std::optional<VerificationKey>> FromJwk(const nlohmann::json& jwk, const Algorithms& allowed);

  [[nodiscard]] const std::string& id() const { return id_; }
  [[nodiscard]] bool Allows(Algorithm algorithm) const;

  // Whether `signature`, in the form of JWS (ES256: R and S of 32 bytes each), is this key's over `message`. False also
  // where the key does not allow the algorithm or OpenSSL fails. Leaves OpenSSL's error queue as it was.
  [[nodiscard]] bool Verify(Algorithm algorithm, absl::string_view message, absl::string_view signature) const;

 private:
  VerificationKey(std::string id, Algorithms algorithms, EvpPkeyPtr key)
      : id_(std::move(id)), algorithms_(std::move(algorithms)), key_(std::move(key)) {}

  std::string id_;
  Algorithms algorithms_;
  EvpPkeyPtr key_;
};

}  // namespace mcmig::token

#endif  // COMMON_TOKEN_VERIFICATION_KEY_H_
