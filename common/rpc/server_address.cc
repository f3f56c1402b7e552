#include "common/rpc/server_address.h"

#include "common/border/status.h"
#include "common/rpc/channel.h"
#include "common/rpc/status.h"

namespace mcmig::rpc {

absl::StatusOr<ServerAddress> ServerAddress::Of(std::shared_ptr<const Credentials> credentials,
                                                const config::v1::Endpoint& endpoint, absl::string_view system,
                                                protocol::Leg leg) {
  // Checked here, so that making it again for another loop cannot fail.
  if (const auto checked = credentials->ForEndpoint(endpoint, system); !checked.ok()) return checked.status();
  ServerAddress address;
  address.credentials_ = credentials;
  address.make_channel_ = [credentials = std::move(credentials), endpoint, system = std::string(system)] {
    return *rpc::MakeChannel(*credentials, endpoint, system);
  };
  address.system_ = std::string(system);
  address.leg_ = leg;
  return address;
}

absl::Status ServerAddress::StatusOf(const grpc::Status& status, const grpc::ClientContext& context,
                                     const protocol::Call& call) const {
  absl::Status ours = FromGrpc(status, context, call.cancel != nullptr && call.cancel->cancelled());
  return leg_ == protocol::Leg::kOutside ? border::StatusFromOutside(ours) : ours;
}

}  // namespace mcmig::rpc
