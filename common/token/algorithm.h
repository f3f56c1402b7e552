#ifndef COMMON_TOKEN_ALGORITHM_H_
#define COMMON_TOKEN_ALGORITHM_H_

#include <optional>

#include "absl/container/inlined_vector.h"
#include "absl/strings/string_view.h"

namespace mcmig::token {

// The JWS algorithms that this project verifies (RFC 7518, RFC 8037). `none` and the symmetric HS* are not among them,
// so that no configuration can allow them.
enum class Algorithm {
  kEs256,  // ECDSA on P-256 with SHA-256
  kRs256,  // RSA PKCS #1 v1.5 with SHA-256
  kPs256,  // RSA PSS with SHA-256, salt of 32 bytes
  kEdDsa,  // Ed25519
};

// A list of allowed algorithms; empty allows nothing.
using Algorithms = absl::InlinedVector<Algorithm, 4>;

// The value of `alg`, in its exact spelling: "ES256", "RS256", "PS256", "EdDSA".
absl::string_view AlgorithmName(Algorithm algorithm);
// The algorithm of this name; nothing for every other name.
std::optional<Algorithm> AlgorithmOfName(absl::string_view name);

}  // namespace mcmig::token

#endif  // COMMON_TOKEN_ALGORITHM_H_
