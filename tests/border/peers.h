#ifndef TESTS_BORDER_PEERS_H_
#define TESTS_BORDER_PEERS_H_

#include <memory>
#include <string>
#include <vector>

#include "google/protobuf/message.h"
#include "tests/border/tls_tap.h"
#include "tests/border/wire.h"
#include "tests/harness/deployment.h"
#include "tests/harness/loopback.h"

namespace mcmig::border {

inline constexpr char kPrimaryGateway[] = "mcmig.v1.PrimaryMcGatewayServer/";
inline constexpr char kPartnerGateway[] = "mcmig.v1.PartnerMcGatewayServer/";

struct PeersOptions {
  harness::Shape shape = harness::kBothGateways;
  int load_users = 1;
  // NOLINTBEGIN(readability-redundant-member-init): so that a use need not name all of them
  // As in DeploymentOptions.
  std::string outside_listeners = {};
  std::string partner_server_config = {};
  // NOLINTEND(readability-redundant-member-init)
};

// MC systems north and south, whose gateways do not reach each other: the test is the other MC system to both, with
// that system's real certificates, and keeps all that they send.
class Peers {
 public:
  // `outside_listeners` as in DeploymentOptions.
  explicit Peers(const std::string& name, const std::string& outside_listeners = "")
      : Peers(name, PeersOptions{.outside_listeners = outside_listeners}) {}
  // Where a shape has no gateway, the server that is the border in its place.
  Peers(const std::string& name, const PeersOptions& options);

  // Asks north's gateway as the gateway of south, and south's as that of north.
  Sent AskNorth(const std::string& method, const std::string& message, const CallOptions& options = {});
  Sent AskNorth(const std::string& method, const google::protobuf::Message& message) {
    return AskNorth(method, message.SerializeAsString());
  }
  Sent AskSouth(const std::string& method, const std::string& message, const CallOptions& options = {});
  Sent AskSouth(const std::string& method, const google::protobuf::Message& message) {
    return AskSouth(method, message.SerializeAsString());
  }
  // As the holder of another certificate of south.
  Sent AskNorthAs(const std::string& name, const std::string& method, const std::string& message);
  // For calls that are in flight together.
  [[nodiscard]] const std::shared_ptr<grpc::Channel>& to_north() const { return to_north_; }
  [[nodiscard]] const std::shared_ptr<grpc::Channel>& to_south() const { return to_south_; }
  void Keep(const Sent& sent) { answers_.push_back(sent); }

  [[nodiscard]] harness::Deployment& deployment() { return *deployment_; }
  // Takes what south sends to north's gateway, and what north sends to south's.
  [[nodiscard]] PeerGateway& in_place_of_north() { return in_place_of_north_; }
  [[nodiscard]] PeerGateway& in_place_of_south() { return in_place_of_south_; }

  // Each answer and each request of the gateways, in this order.
  [[nodiscard]] std::vector<Sent> All() const;
  // Every byte of them behind TLS.
  [[nodiscard]] std::string Bytes() const;
  [[nodiscard]] const TlsTap& tap_to_north() const { return *tap_to_north_; }

 private:
  harness::ReservedPort north_entry_;
  harness::ReservedPort south_entry_;
  PeerGateway in_place_of_north_;
  PeerGateway in_place_of_south_;
  std::unique_ptr<harness::Deployment> deployment_;
  std::unique_ptr<TlsTap> tap_from_north_;
  std::unique_ptr<TlsTap> tap_from_south_;
  std::unique_ptr<TlsTap> tap_to_north_;
  std::unique_ptr<TlsTap> tap_to_south_;
  std::vector<std::unique_ptr<TlsTap>> other_taps_;
  std::shared_ptr<grpc::Channel> to_north_;
  std::shared_ptr<grpc::Channel> to_south_;
  std::vector<Sent> answers_;
};

// Answers every request with no more than its message type has: a page without entries, a cancel that was noted.
Reply AnswerNothing(const Sent& request);

}  // namespace mcmig::border

#endif  // TESTS_BORDER_PEERS_H_
