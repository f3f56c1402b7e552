#include "common/rpc/call_metrics.h"

#include <atomic>
#include <future>
#include <memory>
#include <optional>
#include <string>
#include <thread>

#include "absl/status/status.h"
#include "absl/time/clock.h"
#include "common/async/sleep.h"
#include "common/ops/testing/exposition.h"
#include "common/rpc/testing/listener.h"
#include "common/rpc/testing/two_systems.h"
#include "gtest/gtest.h"

namespace mcmig::rpc {
namespace {

using ops::testing::ParseExposition;
using protocol::Call;
using testing::Answer;
using testing::Request;
using Gateway = v1::PrimaryMcGatewayServer;

constexpr char kStarted[] = "mcmig_rpc_server_started_total";
constexpr char kEnded[] = "mcmig_rpc_server_duration_seconds_count";
constexpr char kSeconds[] = "mcmig_rpc_server_duration_seconds_sum";
constexpr char kRefused[] = "mcmig_rpc_server_refused_total";
constexpr char kInFlight[] = "mcmig_rpc_server_in_flight";

// An outside listener of north. What its handler does is a test's own.
class CallMetricsTest : public ::testing::Test {
 protected:
  template <class Handler>
  void Start(Handler handler, config::v1::Listener config = SouthGatewayCalls()) {
    const bool insecure = config.insecure();
    listener_ = std::make_unique<testing::Listener<Gateway>>(
        identity::Listener::kOutside, config,
        insecure ? systems_.Insecure("north") : systems_.Holder("north", "gateway.north.example"), std::move(handler));
  }
  static config::v1::Listener SouthGatewayCalls() {
    return testing::InsecureListener("south", config::v1::ROLE_GATEWAY);
  }
  grpc::StatusCode Ask(const Request& request = {}) {
    const auto channel =
        testing::Connect(*systems_.Insecure("south"), testing::InsecureEndpoint(listener_->server->address()), "north");
    grpc::ClientContext context;
    return testing::Authorize<Gateway>(channel, context, request).error_code();
  }
  grpc::StatusCode AskOverTls(const std::string& name) {
    const auto channel =
        testing::Connect(*systems_.Holder("south", name),
                         testing::SecureEndpoint(listener_->server->address(), "gateway.north.example"), "north");
    grpc::ClientContext context;
    return testing::Authorize<Gateway>(channel, context).error_code();
  }
  [[nodiscard]] std::optional<double> Counted(const std::string& name, ops::Labels labels = {}) const {
    labels.emplace("listener", "outside");
    return ParseExposition(listener_->metrics.Text()).Sum(name, labels);
  }

  testing::TwoSystems systems_;
  std::unique_ptr<testing::Listener<Gateway>> listener_;
};

async::Task<Answer> Echo(const Call& /*call*/, const Request& request) { return testing::AnswerEcho(request); }

TEST_F(CallMetricsTest, CallsAreCountedByMethodPeerSystemAndCode) {
  Start([](const Call&, const Request& request) -> async::Task<Answer> {
    if (request.primary_mc_service_id().empty()) co_return absl::UnavailableError("host db1 is down");
    co_return testing::Echo(request);
  });
  Request request;
  request.set_primary_mc_service_id("sip:alice@north.example");
  EXPECT_EQ(Ask(request), grpc::StatusCode::OK);
  EXPECT_EQ(Ask(request), grpc::StatusCode::OK);
  EXPECT_EQ(Ask(), grpc::StatusCode::UNAVAILABLE);

  const ops::Labels south = {{"method", "mcmig.v1.PrimaryMcGatewayServer/AuthorizeMigration"},
                             {"peer_system", "south"}};
  EXPECT_EQ(Counted(kStarted, south), 3);
  EXPECT_EQ(Counted(kStarted), 3);
  EXPECT_EQ(Counted(kEnded, {{"code", "OK"}, {"peer_system", "south"}}), 2);
  EXPECT_EQ(Counted(kEnded, {{"code", "UNAVAILABLE"}, {"peer_system", "south"}}), 1);
  EXPECT_EQ(Counted(kRefused), 0);
  EXPECT_EQ(listener_->metrics.Text().find("alice"), std::string::npos);
}

TEST_F(CallMetricsTest, ACallerThatIsNobodyIsUnknown) {
  Start(Echo, testing::SecureListener());
  EXPECT_EQ(AskOverTls("stranger.south.example"), grpc::StatusCode::UNAUTHENTICATED);
  EXPECT_EQ(Counted(kStarted, {{"peer_system", "unknown"}}), 1);
  EXPECT_EQ(Counted(kEnded, {{"peer_system", "unknown"}, {"code", "UNAUTHENTICATED"}}), 1);
  EXPECT_EQ(Counted(kRefused, {{"code", "UNAUTHENTICATED"}}), 1);
  EXPECT_EQ(Counted(kRefused), 1);
}

TEST_F(CallMetricsTest, ACallerThatMayNotIsCountedUnderItsSystem) {
  Start(Echo, testing::SecureListener());
  EXPECT_EQ(AskOverTls("client.south.example"), grpc::StatusCode::PERMISSION_DENIED);
  EXPECT_EQ(Counted(kEnded, {{"peer_system", "south"}, {"code", "PERMISSION_DENIED"}}), 1);
  EXPECT_EQ(Counted(kRefused, {{"code", "PERMISSION_DENIED"}}), 1);
  EXPECT_EQ(Counted(kRefused), 1);
}

TEST_F(CallMetricsTest, CallsAtWorkAreShownAndOneTooManyIsRefused) {
  std::promise<void> entered;
  std::atomic<bool> open = false;
  config::v1::Listener config = SouthGatewayCalls();
  config.set_max_in_flight(1);
  Start(
      [&](const Call& call, const Request& request) -> async::Task<Answer> {
        entered.set_value();
        bool reached = true;
        while (!open && reached) {
          reached = co_await async::Sleep(*call.executor, absl::Now() + absl::Milliseconds(1), call.cancel);
        }
        co_return testing::Echo(request);
      },
      config);
  EXPECT_EQ(Counted("mcmig_rpc_server_max_in_flight"), 1);
  auto first = std::async(std::launch::async, [&] { return Ask(); });
  entered.get_future().wait();
  EXPECT_EQ(Counted(kInFlight), 1);
  EXPECT_EQ(Ask(), grpc::StatusCode::RESOURCE_EXHAUSTED);
  EXPECT_EQ(Counted(kRefused, {{"code", "RESOURCE_EXHAUSTED"}}), 1);
  EXPECT_EQ(Counted(kInFlight), 1);
  open = true;
  EXPECT_EQ(first.get(), grpc::StatusCode::OK);
  // A call is at work until the transport has forgotten it, which is after its answer.
  while (Counted(kInFlight) != 0) std::this_thread::yield();
  EXPECT_EQ(Counted(kStarted), 2);
}

TEST_F(CallMetricsTest, ACallThatTheListenerEndsHasTheListenersTimeAndCode) {
  config::v1::Listener config = SouthGatewayCalls();
  config.mutable_max_deadline()->set_nanos(30'000'000);
  Start(
      [](const Call& call, const Request&) -> async::Task<Answer> {
        const bool reached = co_await async::Sleep(*call.executor, absl::InfiniteFuture(), call.cancel);
        co_return absl::CancelledError(reached ? "" : "cut short");
      },
      config);
  EXPECT_EQ(Ask(), grpc::StatusCode::DEADLINE_EXCEEDED);
  EXPECT_EQ(Counted(kEnded, {{"code", "DEADLINE_EXCEEDED"}}), 1);
  EXPECT_EQ(Counted(kEnded), 1);
  EXPECT_GE(Counted(kSeconds), 0.03);
}

}  // namespace
}  // namespace mcmig::rpc
