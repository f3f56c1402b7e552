// What a peer with a valid certificate can take from a process: its own share, and no more. Whom it may speak for is in
// border_test.cc.
#include <atomic>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/match.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "gtest/gtest.h"
#include "mcmig/v1/partner_mc_service_server.grpc.pb.h"
#include "mcmig/v1/primary_mc_gateway_server.grpc.pb.h"
#include "tests/chain/start_deployment.h"
#include "tests/harness/silent_server.h"
#include "tests/harness/stubs.h"

namespace mcmig::chain {
namespace {

using harness::Answer;
using harness::Deployment;
using harness::kAlice;
using harness::RequestOf;

class HostilePeerTest : public ::testing::Test {
 protected:
  void Start(const harness::DeploymentOptions& options) {
    deployment_ = StartDeployment("hostile-peer", options);
    client_ = harness::Connect(deployment_->partner_server->Address("client"), harness::kPartnerServer,
                               deployment_->south, &deployment_->north.Issue(harness::kClient));
  }
  Answer AskAsAlice() {
    return harness::Ask<v1::PartnerMcServiceServer>(client_, RequestOf(kAlice), deployment_->TokenOf(kAlice));
  }
  // South's border to north, as its operator sees it.
  [[nodiscard]] harness::CommandResult Peers(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), "peers");
    if (deployment_->south_gateway == nullptr) return deployment_->AtPartner(std::move(arguments));
    return deployment_->Run(std::move(arguments), deployment_->south_gateway->Address("operators"),
                            harness::kSouthGateway, deployment_->south.Issue(harness::kSouthOperator),
                            deployment_->south);
  }
  [[nodiscard]] bool Paused() { return absl::StrContains(Peers({"list", "--json"}).out, "\"paused\":true"); }
  std::shared_ptr<grpc::Channel> ToNorth(const char* name, harness::Pki& system) {
    return harness::Connect(deployment_->north_gateway->Address("outside"), harness::kNorthGateway, deployment_->north,
                            &system.Issue(name));
  }

  std::unique_ptr<Deployment> deployment_;
  std::shared_ptr<grpc::Channel> client_;
};

class PausedPeerTest : public HostilePeerTest, public ::testing::WithParamInterface<harness::Shape> {
 protected:
  // Only an operator, or a probe within the hour, has it asked again.
  void StartWithPauseOf(const std::string& pause) {
    Start({.shape = GetParam(), .limits_of_north = "{failures_until_pause: 2, first_pause: " + pause + "}"});
    north_ = GetParam().primary_gateway ? &Deployment::north_gateway : &Deployment::primary_server_a;
    ASSERT_EQ(AskAsAlice().Outcome(), "SUCCESS");
    EXPECT_FALSE(Paused());
    (deployment_.get()->*north_)->Kill();
    // One call of a client is as many as its time allows.
    EXPECT_TRUE(IsAway(AskAsAlice()));
    EXPECT_TRUE(Paused());
  }
  [[nodiscard]] Answer AskUntilAnswered() {
    const absl::Time until = absl::Now() + absl::Seconds(60);
    Answer answer;
    do {
      answer = AskAsAlice();
    } while (IsAway(answer) && absl::Now() < until);
    return answer;
  }
  // The server repeats it until its time is over, and who says so first is a matter of chance.
  static bool IsAway(const Answer& answer) {
    return answer.Outcome() == "UNAVAILABLE" || answer.Outcome() == "DEADLINE_EXCEEDED";
  }
  std::unique_ptr<harness::Process> Deployment::* north_ = nullptr;
};

TEST_P(PausedPeerTest, AsksAgainByItselfOnceTheServerAnswers) {
  StartWithPauseOf("0.1s");
  const absl::Status restarted = deployment_->KillAndRestart(north_);
  ASSERT_TRUE(restarted.ok()) << restarted;
  EXPECT_EQ(AskUntilAnswered().Outcome(), "SUCCESS");
  EXPECT_FALSE(Paused());
}

TEST_P(PausedPeerTest, AnOperatorEndsThePause) {
  StartWithPauseOf("300s");
  const absl::Status restarted = deployment_->KillAndRestart(north_);
  ASSERT_TRUE(restarted.ok()) << restarted;
  EXPECT_TRUE(IsAway(AskAsAlice()));
  EXPECT_NE(Peers({"reset", "--system", "nowhere"}).exit_code, 0);
  EXPECT_TRUE(Paused());
  EXPECT_EQ(Peers({"reset", "--system", "north"}).exit_code, 0);
  EXPECT_EQ(AskUntilAnswered().Outcome(), "SUCCESS");
}

INSTANTIATE_TEST_SUITE_P(Shapes, PausedPeerTest, ::testing::Values(harness::kBothGateways, harness::kDirect),
                         [](const auto& info) { return info.param.partner_gateway ? "Gateways" : "Servers"; });

TEST_F(HostilePeerTest, APrimaryThatStallsTakesNoMoreThanItsShare) {
  const harness::SilentServer stalled;
  Start({.in_place_of_north_gateway = stalled.address(),
         .limits_of_north = "{max_outgoing: 2, longest_call: 0.5s, failures_until_pause: 1000}"});
  std::atomic<int> refused = 0;
  std::atomic<int> late = 0;
  std::vector<std::thread> users;
  const absl::Time begun = absl::Now();
  for (int i = 0; i < 8; ++i) {
    users.emplace_back([&] {
      const std::string outcome = AskAsAlice().Outcome();
      refused += outcome == "RESOURCE_EXHAUSTED" ? 1 : 0;
      late += outcome == "DEADLINE_EXCEEDED" || outcome == "UNAVAILABLE" ? 1 : 0;
    });
  }
  for (std::thread& user : users) user.join();
  EXPECT_EQ(refused + late, 8);
  EXPECT_GT(refused, 0);
  EXPECT_GT(late, 0);
  // Far from the ten seconds that the listener allows.
  EXPECT_LT(absl::Now() - begun, absl::Seconds(8));
}

TEST_F(HostilePeerTest, APartnerThatFloodsIsRefusedWithAHintAndAnotherIsNot) {
  Start({.limits_of_south = "{incoming_per_second: 5}"});
  const auto south = ToNorth(harness::kSouthGateway, deployment_->south);
  const auto west = ToNorth("gateway.west.example", deployment_->west);
  int refused = 0;
  for (int i = 0; i < 100; ++i) {
    const Answer answer = harness::Ask<v1::PrimaryMcGatewayServer>(south, RequestOf(harness::kBob));
    if (answer.status.error_code() != grpc::StatusCode::RESOURCE_EXHAUSTED) continue;
    ++refused;
    EXPECT_EQ(answer.trailers.count("grpc-retry-pushback-ms"), 1U);
    // Has no agreement, and is told so rather than to wait.
    EXPECT_NE(harness::Ask<v1::PrimaryMcGatewayServer>(west, RequestOf(harness::kBob)).Outcome(), "RESOURCE_EXHAUSTED");
  }
  EXPECT_GT(refused, 0);
}

}  // namespace
}  // namespace mcmig::chain
