#include "common/rpc/channel.h"

#include "absl/strings/match.h"
#include "common/rpc/arguments.h"

namespace mcmig::rpc {
namespace {

// What an operators' listener takes; answers elsewhere are smaller.
constexpr int kMaxAnswerBytes = 4 << 20;

}  // namespace

absl::StatusOr<std::shared_ptr<grpc::Channel>> MakeChannel(const Credentials& credentials,
                                                           const config::v1::Endpoint& endpoint,
                                                           absl::string_view system) {
  const auto channel_credentials = credentials.ForEndpoint(endpoint, system);
  if (!channel_credentials.ok()) return channel_credentials.status();
  grpc::ChannelArguments arguments = ChannelDefaults();
  arguments.SetMaxReceiveMessageSize(kMaxAnswerBytes);
  // The name that the server is asked for (SNI); a URI is none.
  if (!endpoint.insecure() && !absl::StrContains(endpoint.server_name(), ':')) {
    arguments.SetSslTargetNameOverride(endpoint.server_name());
  }
  return grpc::CreateCustomChannel(endpoint.address(), *channel_credentials, arguments);
}

}  // namespace mcmig::rpc
