#ifndef COMMON_RPC_CALLER_VERIFIER_H_
#define COMMON_RPC_CALLER_VERIFIER_H_

#include <grpcpp/security/tls_certificate_verifier.h>

#include <functional>
#include <utility>
#include <vector>

#include "common/identity/certificate.h"

namespace mcmig::rpc {

// Decides, in the TLS handshake of a listener, whether a caller's certificate is under the roots of one of the systems;
// who the caller is, is decided with each call (Credentials::Identifier). OpenSSL could do the same, but whoever gives
// it the roots for that also tells their names to everybody who connects, and so which MC systems there are agreements
// with. Any thread.
class CallerVerifier final : public grpc::experimental::ExternalCertificateVerifier {
 public:
  explicit CallerVerifier(std::vector<identity::TrustRoots> roots) : roots_(std::move(roots)) {}
  ~CallerVerifier() override = default;

  bool Verify(grpc::experimental::TlsCustomVerificationCheckRequest* request,
              std::function<void(grpc::Status)> callback, grpc::Status* sync_status) override;
  void Cancel(grpc::experimental::TlsCustomVerificationCheckRequest* /*request*/) override {}

 private:
  const std::vector<identity::TrustRoots> roots_;
};

}  // namespace mcmig::rpc

#endif  // COMMON_RPC_CALLER_VERIFIER_H_
