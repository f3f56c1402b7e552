#include "common/config/pem.h"

#include <openssl/pem.h>

#include "common/identity/openssl_ptr.h"

namespace mcmig::config {
namespace {

using identity::BioPtr;
using identity::KeyPtr;
using identity::OpensslErrorScope;
using identity::X509Ptr;

BioPtr Open(const std::string& pem) { return BioPtr(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size()))); }

// Instead of OpenSSL's own, which asks at the terminal.
int NoPassphrase(char*, int, int, void*) { return -1; }

}  // namespace

absl::StatusOr<std::vector<std::string>> CertificatesOf(const std::string& pem) {
  const OpensslErrorScope errors;
  const BioPtr input = Open(pem);
  std::vector<std::string> certificates;
  while (const X509Ptr certificate{PEM_read_bio_X509(input.get(), nullptr, &NoPassphrase, nullptr)}) {
    unsigned char* der = nullptr;
    const int size = i2d_X509(certificate.get(), &der);
    if (size <= 0) return absl::InvalidArgumentError("holds a certificate that cannot be read");
    certificates.emplace_back(reinterpret_cast<const char*>(der), static_cast<size_t>(size));
    OPENSSL_free(der);
  }
  if (ERR_GET_REASON(ERR_peek_last_error()) != PEM_R_NO_START_LINE) {
    return absl::InvalidArgumentError("holds a certificate that cannot be read");
  }
  if (certificates.empty()) return absl::InvalidArgumentError("holds no certificate in PEM");
  return certificates;
}

absl::Status CheckKeyOf(const std::string& chain_pem, const std::string& key_pem) {
  const OpensslErrorScope errors;
  const BioPtr key_input = Open(key_pem);
  const KeyPtr key(PEM_read_bio_PrivateKey(key_input.get(), nullptr, &NoPassphrase, nullptr));
  if (key == nullptr) return absl::InvalidArgumentError("holds no private key in PEM that needs no passphrase");
  const BioPtr chain_input = Open(chain_pem);
  const X509Ptr leaf(PEM_read_bio_X509(chain_input.get(), nullptr, &NoPassphrase, nullptr));
  if (leaf == nullptr || X509_check_private_key(leaf.get(), key.get()) != 1) {
    return absl::InvalidArgumentError("is not the key of the first certificate of chain_file");
  }
  return absl::OkStatus();
}

}  // namespace mcmig::config
