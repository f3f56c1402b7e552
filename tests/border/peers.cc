#include "tests/border/peers.h"

#include "absl/strings/str_cat.h"
#include "tests/chain/start_deployment.h"

namespace mcmig::border {
namespace {

std::shared_ptr<grpc::Channel> PlainChannel(const std::string& address) {
  grpc::ChannelArguments arguments;
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  arguments.SetInt(GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS, 100);
  arguments.SetMaxReceiveMessageSize(-1);
  arguments.SetMaxSendMessageSize(-1);
  return grpc::CreateCustomChannel(address, grpc::InsecureChannelCredentials(), arguments);
}

}  // namespace

Reply AnswerNothing(const Sent& /*request*/) { return {}; }

Peers::Peers(const std::string& name, const PeersOptions& options)
    : in_place_of_north_(&AnswerNothing), in_place_of_south_(&AnswerNothing) {
  deployment_ = chain::StartDeployment(name, {.shape = options.shape,
                                              .load_users = options.load_users,
                                              .partner_server_config = options.partner_server_config,
                                              .in_place_of_north_gateway = north_entry_.address(),
                                              .in_place_of_south_gateway = south_entry_.address(),
                                              .outside_listeners = options.outside_listeners});
  harness::Deployment& d = *deployment_;
  const harness::Process& north = d.north_gateway ? *d.north_gateway : *d.primary_server_a;
  const harness::Process& south = d.south_gateway ? *d.south_gateway : *d.partner_server;
  const auto& as_north = d.north.Issue(d.north_gateway ? harness::kNorthGateway : harness::kPrimaryServerA);
  const auto& as_south = d.south.Issue(d.south_gateway ? harness::kSouthGateway : harness::kPartnerServer);
  tap_from_north_ = TlsTap::FromClient(as_south, south_entry_.address(), in_place_of_south_.address());
  tap_from_south_ = TlsTap::FromClient(as_north, north_entry_.address(), in_place_of_north_.address());
  tap_to_north_ = TlsTap::ToServer(as_south, north.Address("outside"));
  tap_to_south_ = TlsTap::ToServer(as_north, south.Address("outside"));
  to_north_ = PlainChannel(tap_to_north_->address());
  to_south_ = PlainChannel(tap_to_south_->address());
}

Sent Peers::AskNorth(const std::string& method, const std::string& message, const CallOptions& options) {
  return answers_.emplace_back(Call(to_north_, method, message, options));
}

Sent Peers::AskSouth(const std::string& method, const std::string& message, const CallOptions& options) {
  return answers_.emplace_back(Call(to_south_, method, message, options));
}

Sent Peers::AskNorthAs(const std::string& name, const std::string& method, const std::string& message) {
  other_taps_.push_back(
      TlsTap::ToServer(deployment_->south.Issue(name), deployment_->north_gateway->Address("outside")));
  return answers_.emplace_back(Call(PlainChannel(other_taps_.back()->address()), method, message));
}

std::vector<Sent> Peers::All() const {
  std::vector<Sent> all = answers_;
  for (const PeerGateway* gateway : {&in_place_of_north_, &in_place_of_south_}) {
    for (const Sent& request : gateway->Requests()) all.push_back(request);
  }
  return all;
}

std::string Peers::Bytes() const {
  std::string bytes = absl::StrCat(tap_from_north_->Received(), tap_from_south_->Received(), tap_to_north_->Received(),
                                   tap_to_south_->Received());
  for (const auto& tap : other_taps_) bytes += tap->Received();
  return bytes;
}

}  // namespace mcmig::border
