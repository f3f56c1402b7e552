#include "common/rpc/certificate.h"

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <memory>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

namespace mcmig::rpc {
namespace {

using Bio = std::unique_ptr<BIO, decltype(&BIO_free)>;

Bio Reader(absl::string_view bytes) {
  return {BIO_new_mem_buf(bytes.data(), static_cast<int>(bytes.size())), BIO_free};
}

// Answers for an encrypted key, so that OpenSSL does not ask on the terminal.
int NoPassphrase(char* /*buffer*/, int /*size*/, int /*writing*/, void* /*argument*/) { return 0; }

}  // namespace

std::string WholeChain(absl::string_view leaf_pem, absl::string_view chain_pem) {
  if (absl::StartsWith(chain_pem, absl::StripTrailingAsciiWhitespace(leaf_pem))) return std::string(chain_pem);
  return absl::StrCat(leaf_pem, chain_pem);
}

absl::Status CheckKeyPair(absl::string_view chain_pem, absl::string_view key_pem) {
  const std::unique_ptr<X509, decltype(&X509_free)> leaf(
      PEM_read_bio_X509(Reader(chain_pem).get(), nullptr, nullptr, nullptr), X509_free);
  if (leaf == nullptr) return absl::InvalidArgumentError("certificate.chain_file: no PEM certificate");
  const std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key(
      PEM_read_bio_PrivateKey(Reader(key_pem).get(), nullptr, NoPassphrase, nullptr), EVP_PKEY_free);
  if (key == nullptr) return absl::InvalidArgumentError("certificate.key_file: no PEM private key");
  if (X509_check_private_key(leaf.get(), key.get()) != 1) {
    return absl::InvalidArgumentError("certificate.key_file: not the key of the certificate");
  }
  return absl::OkStatus();
}

}  // namespace mcmig::rpc
