#ifndef COMMON_RPC_CERTIFICATE_H_
#define COMMON_RPC_CERTIFICATE_H_

#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace mcmig::rpc {

// A peer's chain, leaf first, from what gRPC tells of a connection. With OpenSSL the chain that a server sees lacks the
// leaf, the one that a client sees has it. Pure.
std::string WholeChain(absl::string_view leaf_pem, absl::string_view chain_pem);

// INVALID_ARGUMENT, with the field of mcmig.config.v1.Certificate, unless both are PEM and the key belongs to the first
// certificate of the chain.
absl::Status CheckKeyPair(absl::string_view chain_pem, absl::string_view key_pem);

}  // namespace mcmig::rpc

#endif  // COMMON_RPC_CERTIFICATE_H_
