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

Peers::Peers(const std::string& name, const std::string& outside_listeners)
    : in_place_of_north_(&AnswerNothing), in_place_of_south_(&AnswerNothing) {
  harness::DeploymentOptions options;
  options.load_users = 1;
  options.outside_listeners = outside_listeners;
  options.in_place_of_north_gateway = north_entry_.address();
  options.in_place_of_south_gateway = south_entry_.address();
  deployment_ = chain::StartDeployment(name, options);
  harness::Deployment& d = *deployment_;
  tap_from_north_ =
      TlsTap::FromClient(d.south.Issue(harness::kSouthGateway), south_entry_.address(), in_place_of_south_.address());
  tap_from_south_ =
      TlsTap::FromClient(d.north.Issue(harness::kNorthGateway), north_entry_.address(), in_place_of_north_.address());
  tap_to_north_ = TlsTap::ToServer(d.south.Issue(harness::kSouthGateway), d.north_gateway->Address("outside"));
  tap_to_south_ = TlsTap::ToServer(d.north.Issue(harness::kNorthGateway), d.south_gateway->Address("outside"));
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
