#ifndef COMMON_RPC_SERVER_VERIFIER_H_
#define COMMON_RPC_SERVER_VERIFIER_H_

#include <grpcpp/security/tls_certificate_verifier.h>

#include <functional>
#include <memory>
#include <string>

#include "common/identity/system_table.h"

namespace mcmig::rpc {

// Decides, after a TLS handshake, whether the server is the one that configuration names: its certificate carries the
// whole server name as a DNS or URI SAN, and the system table says it acts for `system`. Any thread.
class ServerVerifier final : public grpc::experimental::ExternalCertificateVerifier {
 public:
  ServerVerifier(std::shared_ptr<const identity::SystemTable> table, identity::SystemName system,
                 std::string server_name);
  ~ServerVerifier() override = default;

  bool Verify(grpc::experimental::TlsCustomVerificationCheckRequest* request,
              std::function<void(grpc::Status)> callback, grpc::Status* sync_status) override;
  void Cancel(grpc::experimental::TlsCustomVerificationCheckRequest* /*request*/) override {}

 private:
  const std::shared_ptr<const identity::SystemTable> table_;
  const identity::SystemName system_;
  const std::string server_name_;
};

}  // namespace mcmig::rpc

#endif  // COMMON_RPC_SERVER_VERIFIER_H_
