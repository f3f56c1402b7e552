#ifndef COMMON_RPC_SERVER_ADDRESS_H_
#define COMMON_RPC_SERVER_ADDRESS_H_

#include <grpcpp/grpcpp.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "common/bulkhead/peer_server.h"
#include "common/protocol/call.h"
#include "common/rpc/credentials.h"
#include "mcmig/config/v1/common.pb.h"

namespace mcmig::rpc {

// How to reach one server, and what its answers are worth on `leg`.
class ServerAddress {
 public:
  // A server of `system` at `endpoint`. INVALID_ARGUMENT as Credentials::ForEndpoint.
  static absl::StatusOr<ServerAddress> Of(std::shared_ptr<const Credentials> credentials,
                                          const config::v1::Endpoint& endpoint, absl::string_view system,
                                          protocol::Leg leg);

  // Every call goes through it; outlives the channels to this address.
  void Through(bulkhead::PeerServer& bulkhead) { bulkhead_ = &bulkhead; }
  // Null where calls may take what they take: within the own MC system.
  [[nodiscard]] bulkhead::PeerServer* bulkhead() const { return bulkhead_; }
  // Shows and believes what is current.
  [[nodiscard]] std::shared_ptr<grpc::Channel> MakeChannel() const { return make_channel_(); }
  // As Credentials::generation: a channel made before it rose is out of date.
  [[nodiscard]] uint64_t generation() const { return credentials_->generation(); }
  [[nodiscard]] protocol::Leg leg() const { return leg_; }
  [[nodiscard]] const std::string& system() const { return system_; }
  // The status of a call that failed, in the form of FromGrpc and, from outside, as it may be believed.
  [[nodiscard]] absl::Status StatusOf(const grpc::Status& status, const grpc::ClientContext& context,
                                      const protocol::Call& call) const;

 private:
  std::shared_ptr<const Credentials> credentials_;
  std::function<std::shared_ptr<grpc::Channel>()> make_channel_;
  std::string system_;
  protocol::Leg leg_ = protocol::Leg::kOutside;
  bulkhead::PeerServer* bulkhead_ = nullptr;
};

}  // namespace mcmig::rpc

#endif  // COMMON_RPC_SERVER_ADDRESS_H_
