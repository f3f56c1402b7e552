#include "common/digest/sha256.h"

#include <openssl/evp.h>

#include <cstdlib>

namespace mcmig::digest {

Sha256 Sha256Of(absl::string_view bytes) {
  // Fetched once: SHA256() looks the algorithm up at every call, which takes longer than to digest a hundred bytes.
  static EVP_MD* const sha256 = EVP_MD_fetch(nullptr, "SHA256", nullptr);
  Sha256 digest;
  unsigned int size = 0;
  // Without SHA-256 there would be no TLS either.
  if (sha256 == nullptr || EVP_Digest(bytes.data(), bytes.size(), digest.data(), &size, sha256, nullptr) != 1 ||
      size != digest.size()) {
    std::abort();
  }
  return digest;
}

}  // namespace mcmig::digest
