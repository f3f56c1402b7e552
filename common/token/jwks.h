#ifndef COMMON_TOKEN_JWKS_H_
#define COMMON_TOKEN_JWKS_H_

#include <cstddef>
#include <string>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "common/token/algorithm.h"
#include "common/token/verification_key.h"

namespace mcmig::token {

// The public keys of one identity management server, by `kid` (JSON Web Key Set, RFC 7517).
//
// All or nothing: one broken key, one private or symmetric key or a repeated `kid` refuses the whole set, because a set
// that somebody damaged is not one to trust. Keys for other purposes are left out (see VerificationKey::FromJwk). Never
// empty. Immutable; thread-safe.
class KeySet {
 public:
  static constexpr size_t kMaxKeys = 64;
  static constexpr size_t kMaxBytes = size_t{256} * 1024;

  // INVALID_ARGUMENT, naming the key by its position ("keys[2]: ..."), where the set is refused or holds no key that
  // may be used with one of `allowed`.
  static absl::StatusOr<KeySet> Parse(absl::string_view json, const Algorithms& allowed);
  // What a file of at most kMaxBytes holds; of a larger one more than that. NOT_FOUND where it cannot be read.
  static absl::StatusOr<std::string> ReadFile(const std::string& path);
  // As Parse, of a file. NOT_FOUND where it cannot be read. Texts name the path.
  static absl::StatusOr<KeySet> LoadFile(const std::string& path, const Algorithms& allowed);

  // Null where the set has no such key.
  [[nodiscard]] const VerificationKey* Find(absl::string_view key_id) const;
  [[nodiscard]] size_t size() const { return keys_.size(); }

 private:
  explicit KeySet(absl::flat_hash_map<std::string, VerificationKey> keys) : keys_(std::move(keys)) {}

  absl::flat_hash_map<std::string, VerificationKey> keys_;
};

}  // namespace mcmig::token

#endif  // COMMON_TOKEN_JWKS_H_
