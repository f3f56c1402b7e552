// What a listener lets in beyond its ordinary room.
#include <atomic>
#include <future>
#include <memory>
#include <string>
#include <thread>

#include "absl/time/clock.h"
#include "common/async/sleep.h"
#include "common/ops/testing/exposition.h"
#include "common/rpc/server.h"
#include "common/rpc/testing/listener.h"
#include "common/rpc/testing/two_systems.h"
#include "gtest/gtest.h"

namespace mcmig::rpc {
namespace {

using protocol::Call;
using testing::Answer;
using testing::Request;
using Primary = v1::PrimaryMcServiceServer;

// A listener with ordinary room for one call, and a share for one.
class EmergencyShareTest : public ::testing::Test {
 protected:
  // Holds the first ordinary call and the first in the share until told otherwise.
  struct Kind {
    std::atomic<int> entered = 0;
    std::atomic<bool> open = false;
  };

  void Start(Access access) {
    config::v1::Listener config = testing::InsecureListener("north", config::v1::ROLE_GATEWAY);
    config.set_max_in_flight(1);
    config.set_max_emergency_in_flight(1);
    server_ = *Server::Create(std::make_shared<LoopThread>(), identity::Listener::kInside, config, insecure_,
                              std::make_shared<Health>(), &metrics_);
    server_->Handle(
        &service_, &Primary::AsyncService::RequestAuthorizeMigration,
        std::string(Primary::service_full_name()) + "/AuthorizeMigration",
        [this](const Call& call, const Request& request) { return Hold(call, request); }, access);
    ASSERT_TRUE(server_->Start().ok());
    channel_ = testing::Connect(*insecure_, testing::InsecureEndpoint(server_->address()), "north");
  }
  async::Task<Answer> Hold(const Call& call, const Request& request) {
    Kind& kind = call.emergency_only.has_value() ? share_ : ordinary_;
    ++kind.entered;
    bool reached = true;
    while (!kind.open && reached) {
      reached = co_await async::Sleep(*call.executor, absl::Now() + absl::Milliseconds(1), call.cancel);
    }
    co_return testing::Echo(request);
  }
  grpc::StatusCode Ask() {
    grpc::ClientContext context;
    const grpc::StatusCode code = testing::Authorize<Primary>(channel_, context).error_code();
    if (code == grpc::StatusCode::RESOURCE_EXHAUSTED) {
      EXPECT_EQ(context.GetServerTrailingMetadata().count("grpc-retry-pushback-ms"), 1U);
    }
    return code;
  }
  std::future<grpc::StatusCode> AskUntilEntered(const Kind& kind) {
    auto asked = std::async(std::launch::async, [this] { return Ask(); });
    while (kind.entered == 0) std::this_thread::yield();
    return asked;
  }
  double Counted(const std::string& name) {
    return ops::testing::ParseExposition(metrics_.Text()).Sum(name).value_or(0);
  }
  // A call is at work until the transport has forgotten it, which is after its answer.
  void WaitForInFlight(double calls) {
    while (Counted("mcmig_rpc_server_in_flight") != calls) std::this_thread::yield();
  }

  testing::TwoSystems systems_;
  std::shared_ptr<const Credentials> insecure_ = systems_.Insecure("north");
  Kind ordinary_;
  Kind share_;
  ops::Metrics metrics_;
  Primary::AsyncService service_;
  std::unique_ptr<Server> server_;
  std::shared_ptr<grpc::Channel> channel_;
};

TEST_F(EmergencyShareTest, ACallWithoutRoomIsLetInAsSuchAndNoMoreThanTheShareHolds) {
  Start(Access::kShare);
  auto first = AskUntilEntered(ordinary_);
  auto second = AskUntilEntered(share_);
  EXPECT_EQ(Counted("mcmig_rpc_server_in_flight"), 2);
  EXPECT_EQ(Counted("mcmig_rpc_server_emergency_total"), 1);
  EXPECT_EQ(Ask(), grpc::StatusCode::RESOURCE_EXHAUSTED);

  // The room of the share is for no ordinary call, and is there again when its call has ended.
  share_.open = true;
  EXPECT_EQ(second.get(), grpc::StatusCode::OK);
  WaitForInFlight(1);
  EXPECT_EQ(Ask(), grpc::StatusCode::OK);
  EXPECT_EQ(share_.entered, 2);
  WaitForInFlight(1);
  // And with room there is nothing special about a call.
  ordinary_.open = true;
  EXPECT_EQ(first.get(), grpc::StatusCode::OK);
  WaitForInFlight(0);
  EXPECT_EQ(Ask(), grpc::StatusCode::OK);
  EXPECT_EQ(ordinary_.entered, 2);
  EXPECT_EQ(share_.entered, 2);
}

TEST_F(EmergencyShareTest, OtherMethodsHaveNone) {
  Start(Access::kPermitted);
  auto first = AskUntilEntered(ordinary_);
  EXPECT_EQ(Ask(), grpc::StatusCode::RESOURCE_EXHAUSTED);
  EXPECT_EQ(share_.entered, 0);
  ordinary_.open = true;
  EXPECT_EQ(first.get(), grpc::StatusCode::OK);
}

}  // namespace
}  // namespace mcmig::rpc
