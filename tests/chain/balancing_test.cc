// Gateways behind one name with several addresses, as a headless Service gives them: who comes is found, who goes is
// left, and a rolling update loses no call.
#include <atomic>
#include <cstdlib>
#include <map>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "common/async/clock.h"
#include "common/identity/mc_service_id.h"
#include "common/protocol/originate.h"
#include "common/rpc/next_hop.h"
#include "common/rpc/testing/listener.h"
#include "common/rpc/testing/two_systems.h"
#include "gtest/gtest.h"
#include "mcmig/v1/partner_mc_gateway_server.grpc.pb.h"
#include "tests/harness/name_server.h"

namespace mcmig::chain {
namespace {

using protocol::AuthorizationRequest;
using protocol::Call;
using rpc::testing::Answer;
using rpc::testing::Request;
using Gateway = v1::PartnerMcGatewayServer;
using Server = v1::PartnerMcServiceServer;

constexpr absl::Duration kLongest = absl::Seconds(30);
constexpr char kName[] = "gateway.test";
constexpr char kOne[] = "127.0.0.1";
constexpr char kTwo[] = "127.0.0.2";

std::string MakeDirectory() {
  std::string directory = absl::StrCat(::testing::TempDir(), "/balancingXXXXXX");
  EXPECT_NE(mkdtemp(directory.data()), nullptr);
  return directory;
}

// Gateways on one port of several loopback addresses, and a server that asks them by name, as originator, for each call
// of a client.
class BalancingTest : public ::testing::Test {
 protected:
  ~BalancingTest() override {
    stop_ = true;
    if (client_.joinable()) client_.join();
  }

  // Starts the gateway at `address`, on the port of those before.
  void StartGateway(const std::string& address, absl::Duration max_connection_age = absl::Hours(1)) {
    config::v1::Listener config;
    config.set_address(absl::StrCat(address, ":", port_));
    config.mutable_max_connection_age()->set_seconds(absl::ToInt64Seconds(max_connection_age));
    gateways_[address] = std::make_unique<rpc::testing::Listener<Gateway>>(
        identity::Listener::kInside, config, systems_.Holder("north", "gateway.north.example"),
        [served = &served_[address]](const Call&, const Request& request) -> async::Task<Answer> {
          ++*served;
          co_return rpc::testing::Echo(request);
        });
    const std::string listening = gateways_[address]->server->address();
    port_ = std::stoi(listening.substr(listening.rfind(':') + 1));
  }
  // As a pod ends: no longer in the DNS, then drained.
  void EndGateway(const std::string& address) {
    gateways_[address]->server->Shutdown(kLongest);
    gateways_.erase(address);
  }

  void StartServer() {
    auto hop = rpc::MakeNextHop<rpc::GrpcPrimaryHop<Gateway>>(
        systems_.Holder("north", "partner.north.example"),
        rpc::testing::SecureEndpoint(names_.Target(port_), "gateway.north.example"), "north", protocol::Leg::kInside);
    ASSERT_TRUE(hop.ok()) << hop.status();
    hop_ = *std::move(hop);
    server_ = std::make_unique<rpc::testing::Listener<Server>>(
        identity::Listener::kClient, rpc::testing::InsecureListener("north", config::v1::ROLE_CLIENT),
        systems_.Insecure("north"), [this](const Call& call, const Request&) { return Originate(call); });
  }
  async::Task<Answer> Originate(const Call& call) {
    const AuthorizationRequest request = {
        .partner_mc_service_id = *identity::McServiceId::Parse("sip:visitor@north.example"),
        .primary_mc_service_id = *identity::McServiceId::Parse("sip:alice@south.example"),
        .profile_index = 1,
        .service = protocol::McService::kMcptt,
        .request_id = protocol::RequestId{},
        .issued_at = absl::FromUnixSeconds(1)};
    const auto decision = co_await AskWithRetry(*hop_, call, request, clock_, {});
    if (!decision.ok()) co_return decision.status();
    co_return protocol::ToProto(*decision, request);
  }

  // Calls, one after another, until the test ends. Each must succeed.
  void StartClient() {
    client_ = std::thread([this] {
      const auto channel = rpc::testing::Connect(*systems_.Insecure("north"),
                                                 rpc::testing::InsecureEndpoint(server_->server->address()), "north");
      while (!stop_) {
        grpc::ClientContext context;
        const grpc::Status status = rpc::testing::Authorize<Server>(channel, context);
        EXPECT_TRUE(status.ok() || stop_) << status.error_code() << " " << status.error_message();
      }
    });
  }
  // Whether the gateway at `address` serves calls that come after this question.
  bool ServesNow(const std::string& address) {
    const int before = served_[address];
    const absl::Time until = absl::Now() + kLongest;
    while (served_[address] <= before && absl::Now() < until) std::this_thread::yield();
    return served_[address] > before;
  }

  const std::string directory_ = MakeDirectory();
  const rpc::testing::TwoSystems systems_;
  const async::SystemClock clock_;
  int port_ = 0;
  std::map<std::string, std::atomic<int>> served_;
  std::map<std::string, std::unique_ptr<rpc::testing::Listener<Gateway>>> gateways_;
  harness::NameServer names_{kName, directory_, {kOne}};
  std::unique_ptr<protocol::NextHop> hop_;
  std::unique_ptr<rpc::testing::Listener<Server>> server_;
  std::thread client_;
  std::atomic<bool> stop_ = false;
};

TEST_F(BalancingTest, CallsGoToAllAddressesOfTheName) {
  StartGateway(kOne);
  StartGateway(kTwo);
  names_.SetAddresses({kOne, kTwo});
  StartServer();
  StartClient();
  EXPECT_TRUE(ServesNow(kOne));
  EXPECT_TRUE(ServesNow(kTwo));
  EXPECT_TRUE(ServesNow(kOne));
}

TEST_F(BalancingTest, GatewayThatComesIsFoundAtTheLatestByTheAgeOfAConnection) {
  StartGateway(kOne, absl::Seconds(1));
  StartGateway(kTwo);
  StartServer();
  StartClient();
  ASSERT_TRUE(ServesNow(kOne));
  ASSERT_EQ(served_[kTwo], 0);
  names_.SetAddresses({kOne, kTwo});
  EXPECT_TRUE(ServesNow(kTwo));
}

TEST_F(BalancingTest, RollingUpdateLosesNoCall) {
  StartGateway(kOne, absl::Seconds(1));
  StartGateway(kTwo, absl::Seconds(1));
  names_.SetAddresses({kOne, kTwo});
  StartServer();
  StartClient();
  ASSERT_TRUE(ServesNow(kOne));
  ASSERT_TRUE(ServesNow(kTwo));

  for (const auto& [next, stays] : {std::pair(kOne, kTwo), std::pair(kTwo, kOne)}) {
    names_.SetAddresses({stays});
    EndGateway(next);
    EXPECT_TRUE(ServesNow(stays));
    StartGateway(next, absl::Seconds(1));
    names_.SetAddresses({kOne, kTwo});
    EXPECT_TRUE(ServesNow(next));
  }
}

TEST_F(BalancingTest, KilledGatewayCostsNoCallWhileAnotherServes) {
  StartGateway(kOne);
  StartGateway(kTwo);
  names_.SetAddresses({kOne, kTwo});
  StartServer();
  StartClient();
  ASSERT_TRUE(ServesNow(kOne));
  ASSERT_TRUE(ServesNow(kTwo));
  // Without grace and while the DNS still names it.
  gateways_.erase(kOne);
  EXPECT_TRUE(ServesNow(kTwo));
  EXPECT_TRUE(ServesNow(kTwo));
}

}  // namespace
}  // namespace mcmig::chain
