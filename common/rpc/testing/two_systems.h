#ifndef COMMON_RPC_TESTING_TWO_SYSTEMS_H_
#define COMMON_RPC_TESTING_TWO_SYSTEMS_H_

#include <grpcpp/grpcpp.h>

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "common/identity/system_table.h"
#include "common/identity/testing/certificates.h"
#include "common/rpc/credentials.h"
#include "mcmig/config/v1/common.pb.h"

// MC systems north and south with an authority each. A certificate of north for "gateway.north.example" has role
// gateway, and so on with partner, primary, client and operator; "spiffe://north/gateway" is a gateway too.
namespace mcmig::rpc::testing {

class TwoSystems {
 public:
  TwoSystems();

  [[nodiscard]] const identity::testing::CertificateAuthority& Authority(const std::string& system) const;
  // The table as processes of `own` have it.
  [[nodiscard]] std::shared_ptr<identity::SystemTable> Table(const std::string& own) const;
  // A process of `system` with a new certificate of that system's authority for the DNS name `name`.
  [[nodiscard]] std::shared_ptr<Credentials> Holder(const std::string& system, const std::string& name) const;
  // A process of `system` with any certificate.
  [[nodiscard]] std::shared_ptr<Credentials> Holder(const std::string& system,
                                                    const identity::testing::Issued& certificate) const;
  [[nodiscard]] absl::StatusOr<std::shared_ptr<Credentials>> TryHolder(
      const std::string& system, const identity::testing::Issued& certificate) const;
  // A process of `system` without a certificate.
  [[nodiscard]] std::shared_ptr<Credentials> Insecure(const std::string& system) const;

 private:
  [[nodiscard]] std::string WriteFile(const std::string& content) const;

  std::string directory_;
  mutable int files_ = 0;
  identity::testing::CertificateAuthority north_;
  identity::testing::CertificateAuthority south_;
};

// 127.0.0.1, any free port.
config::v1::Listener SecureListener();
config::v1::Listener InsecureListener(const std::string& system, config::v1::Role role);

// The other end of such a listener.
config::v1::Endpoint SecureEndpoint(const std::string& address, const std::string& server_name);
config::v1::Endpoint InsecureEndpoint(const std::string& address);

// A channel of a client with these credentials.
std::shared_ptr<grpc::Channel> Connect(const Credentials& credentials, const config::v1::Endpoint& endpoint,
                                       const std::string& system);

}  // namespace mcmig::rpc::testing

#endif  // COMMON_RPC_TESTING_TWO_SYSTEMS_H_
