#ifndef COMMON_DIGEST_SHA256_H_
#define COMMON_DIGEST_SHA256_H_

#include <array>

#include "absl/strings/string_view.h"

namespace mcmig::digest {

// A SHA-256 digest (FIPS 180-4): 32 bytes.
using Sha256 = std::array<unsigned char, 32>;

// The digest of `bytes`. Never answers with one that other bytes could share: where OpenSSL cannot compute it, the
// process ends. Thread-safe.
Sha256 Sha256Of(absl::string_view bytes);

inline absl::string_view BytesOf(const Sha256& digest) {
  return {reinterpret_cast<const char*>(digest.data()), digest.size()};
}

}  // namespace mcmig::digest

#endif  // COMMON_DIGEST_SHA256_H_
