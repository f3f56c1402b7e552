#ifndef TESTS_ROTATION_HANDSHAKE_H_
#define TESTS_ROTATION_HANDSHAKE_H_

#include <string>

#include "tests/harness/pki.h"

namespace mcmig::rotation {

// The certificate that the server at "127.0.0.1:port" shows in a new TLS connection to whoever connects as
// `credential`, PEM as tests issue it; empty where there is no handshake.
std::string ShownCertificate(const std::string& address, const harness::Credential& credential);

}  // namespace mcmig::rotation

#endif  // TESTS_ROTATION_HANDSHAKE_H_
