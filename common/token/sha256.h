#ifndef COMMON_TOKEN_SHA256_H_
#define COMMON_TOKEN_SHA256_H_

#include <array>

#include "absl/strings/string_view.h"
#include "openssl/sha.h"

namespace mcmig::token {

using Sha256 = std::array<unsigned char, SHA256_DIGEST_LENGTH>;

inline Sha256 Sha256Of(absl::string_view bytes) {
  Sha256 hash{};
  SHA256(reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(), hash.data());
  return hash;
}

inline absl::string_view BytesOf(const Sha256& hash) {
  return {reinterpret_cast<const char*>(hash.data()), hash.size()};
}

}  // namespace mcmig::token

#endif  // COMMON_TOKEN_SHA256_H_
