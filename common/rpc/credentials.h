#ifndef COMMON_RPC_CREDENTIALS_H_
#define COMMON_RPC_CREDENTIALS_H_

#include <grpcpp/grpcpp.h>

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "common/async/mutex.h"
#include "common/identity/peer.h"
#include "common/identity/system_table.h"
#include "common/ops/metrics.h"
#include "common/rpc/key_pair_file.h"
#include "common/rpc/refused_handshakes.h"
#include "mcmig/config/v1/common.pb.h"

namespace grpc::experimental {
class CertificateProviderInterface;
}

namespace mcmig::rpc {

// What a process shows at the other end of its connections, and whom it believes there: mutual TLS, at least 1.2, on
// every link that configuration does not make plain text on the loopback. Files are read once, at creation. Immutable;
// thread-safe.
class Credentials {
 public:
  // `certificate` without files: every listener and endpoint is insecure. `directory` is what its file names are
  // relative to. INVALID_ARGUMENT, with the field, where a file cannot be read or key and certificate do not belong
  // together.
  static absl::StatusOr<std::shared_ptr<Credentials>> Create(std::shared_ptr<const identity::SystemTable> table,
                                                             const config::v1::Certificate& certificate,
                                                             const std::string& directory);

  // Reads the files again; whether they changed anything. INVALID_ARGUMENT as Create and where a certificate of the
  // chain has expired: then the pair before stays in use. New connections have the new one: those of listeners within
  // two seconds, those of channels that are made from now on. Connections that exist go on.
  absl::StatusOr<bool> Reload();
  // Absolute; none where every listener and endpoint is insecure.
  [[nodiscard]] std::vector<std::string> files() const;
  // Rises when the own certificate changes, or whom to believe: channels made before show and believe what was.
  [[nodiscard]] uint64_t generation() const;

  // For a listener: the caller must show a certificate under the roots of the own system (inside, operators) or of any
  // system in the table (client, outside). INVALID_ARGUMENT for plain text off the loopback and for TLS without
  // certificate. Callers whose certificate is refused are counted in `refused`, where it is not null.
  [[nodiscard]] absl::StatusOr<std::shared_ptr<grpc::ServerCredentials>> ForListener(
      identity::Listener kind, const config::v1::Listener& listener,
      std::shared_ptr<RefusedHandshakes> refused = nullptr) const;
  // Who calls on that listener, by SystemTable::Identify or as assumed where it is insecure. The roots above only open
  // the door: this decides. Holds on to the table.
  [[nodiscard]] std::function<absl::StatusOr<identity::Peer>(const grpc::AuthContext&)> Identifier(
      const config::v1::Listener& listener) const;

  // For a connection to a server of `system`: it must show a certificate under that system's roots with the SAN
  // endpoint.server_name. INVALID_ARGUMENT as ForListener, and for an unknown system.
  [[nodiscard]] absl::StatusOr<std::shared_ptr<grpc::ChannelCredentials>> ForEndpoint(
      const config::v1::Endpoint& endpoint, absl::string_view system) const;

  [[nodiscard]] const identity::SystemTable& systems() const { return *table_; }

  // Sets when certificates expire: the first of the own chain, and the first root and revocation list of each system.
  void MeasureExpiry(ops::Metrics& metrics) const;

 private:
  struct KeyPair {
    std::string chain_pem;
    std::string key_pem;
  };
  // `field` of mcmig.config.v1.Certificate for each name.
  static absl::StatusOr<KeyPair> Read(const std::string& chain_file, const std::string& key_file);
  Credentials(std::shared_ptr<const identity::SystemTable> table, std::string chain_file, std::string key_file)
      : table_(std::move(table)), chain_file_(std::move(chain_file)), key_file_(std::move(key_file)) {}

  [[nodiscard]] KeyPair Now() const;
  struct Shown {
    std::shared_ptr<KeyPairFile> file;
    std::shared_ptr<grpc::experimental::CertificateProviderInterface> provider;
  };
  // What all listeners show. Made for the first one: it has a thread.
  [[nodiscard]] absl::StatusOr<Shown> OfListeners() const;

  const std::shared_ptr<const identity::SystemTable> table_;
  const std::string chain_file_;
  const std::string key_file_;
  mutable async::Mutex mutex_;
  KeyPair pair_ ABSL_GUARDED_BY(mutex_);
  mutable Shown shown_ ABSL_GUARDED_BY(mutex_);
  std::atomic<uint64_t> changes_ = 0;
};

// Whether a server of `system` that shows endpoint.server_name can have one of `roles`, by the table: what is asked of
// it, e.g. kGateway, kPrimaryServer. INVALID_ARGUMENT where not. For configuration checks; insecure endpoints pass.
absl::Status CheckServerRole(const identity::SystemTable& table, const config::v1::Endpoint& endpoint,
                             absl::string_view system, absl::Span<const identity::Role> roles);

}  // namespace mcmig::rpc

#endif  // COMMON_RPC_CREDENTIALS_H_
