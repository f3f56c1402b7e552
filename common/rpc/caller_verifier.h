#ifndef COMMON_RPC_CALLER_VERIFIER_H_
#define COMMON_RPC_CALLER_VERIFIER_H_

#include <grpcpp/security/tls_certificate_verifier.h>

#include <functional>
#include <memory>
#include <utility>

#include "common/identity/system_table.h"
#include "common/rpc/key_pair_file.h"
#include "common/rpc/refused_handshakes.h"

namespace mcmig::rpc {

// Decides, in the TLS handshake of a listener, whether a caller's certificate is under the roots of one of the systems,
// or of the own one only, and not revoked; who the caller is, is decided with each call (Credentials::Identifier).
// OpenSSL could do the same, but whoever gives it the roots for that also tells their names to everybody who connects,
// and so which MC systems there are agreements with. Any thread.
class CallerVerifier final : public grpc::experimental::ExternalCertificateVerifier {
 public:
  // `shown`, what the listener's certificate is read from, lives as long as gRPC has this object. `refused` may be
  // null.
  CallerVerifier(std::shared_ptr<const identity::SystemTable> table, bool own_only,
                 std::shared_ptr<const KeyPairFile> shown, std::shared_ptr<RefusedHandshakes> refused)
      : table_(std::move(table)), own_only_(own_only), shown_(std::move(shown)), refused_(std::move(refused)) {}
  ~CallerVerifier() override = default;

  bool Verify(grpc::experimental::TlsCustomVerificationCheckRequest* request,
              std::function<void(grpc::Status)> callback, grpc::Status* sync_status) override;
  void Cancel(grpc::experimental::TlsCustomVerificationCheckRequest* /*request*/) override {}

 private:
  const std::shared_ptr<const identity::SystemTable> table_;
  const bool own_only_;
  const std::shared_ptr<const KeyPairFile> shown_;
  const std::shared_ptr<RefusedHandshakes> refused_;
};

}  // namespace mcmig::rpc

#endif  // COMMON_RPC_CALLER_VERIFIER_H_
