#ifndef COMMON_CONFIG_PEM_H_
#define COMMON_CONFIG_PEM_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace mcmig::config {

// The certificates of a PEM text, each in DER, in order. INVALID_ARGUMENT where there is none, or one cannot be parsed.
absl::StatusOr<std::vector<std::string>> CertificatesOf(const std::string& pem);

// INVALID_ARGUMENT unless `key_pem` is a private key without a passphrase and `chain_pem` starts with its certificate.
// The text holds nothing of the key.
absl::Status CheckKeyOf(const std::string& chain_pem, const std::string& key_pem);

}  // namespace mcmig::config

#endif  // COMMON_CONFIG_PEM_H_
