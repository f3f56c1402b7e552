#include <atomic>
#include <chrono>
#include <future>
#include <memory>

#include "absl/status/status.h"
#include "absl/time/clock.h"
#include "common/async/sleep.h"
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

class DrainTest : public ::testing::Test {
 protected:
  // Handlers wait for `open_`, looking at the call's cancel signal or not.
  void Start(bool heeds_cancel) {
    listener_ = std::make_unique<testing::Listener<Primary>>(
        identity::Listener::kInside, testing::InsecureListener("north", config::v1::ROLE_GATEWAY), insecure_,
        [this, heeds_cancel](const Call& call, const Request& request) { return Hold(call, request, heeds_cancel); });
    channel_ = testing::Connect(*insecure_, testing::InsecureEndpoint(listener_->server->address()), "north");
    call_ = std::async(std::launch::async, [this] { return Ask(); });
    entered_.get_future().wait();
  }
  async::Task<Answer> Hold(const Call& call, const Request& request, bool heeds_cancel) {
    if (!was_entered_.exchange(true)) entered_.set_value();
    bool reached = true;
    while (!open_ && reached) {
      reached = co_await async::Sleep(*call.executor, absl::Now() + absl::Milliseconds(2),
                                      heeds_cancel ? call.cancel : nullptr);
    }
    if (!reached) co_return absl::CancelledError("cut");
    co_return testing::Echo(request);
  }
  grpc::Status Ask() {
    grpc::ClientContext context;
    return testing::Authorize<Primary>(channel_, context);
  }

  testing::TwoSystems systems_;
  std::shared_ptr<const Credentials> insecure_ = systems_.Insecure("north");
  std::promise<void> entered_;
  std::atomic<bool> was_entered_ = false;
  std::atomic<bool> open_ = false;
  std::unique_ptr<testing::Listener<Primary>> listener_;
  std::shared_ptr<grpc::Channel> channel_;
  std::future<grpc::Status> call_;
};

TEST_F(DrainTest, RunningCallsEndAndNewOnesAreRefused) {
  Start(/*heeds_cancel=*/true);
  auto drained = std::async(std::launch::async, [&] { listener_->server->Shutdown(absl::Seconds(20)); });
  // Refused from some moment on, while the first call still runs.
  grpc::Status refused;
  do {
    grpc::ClientContext context;
    context.set_deadline(absl::ToChronoTime(absl::Now() + absl::Milliseconds(50)));
    refused = testing::Authorize<Primary>(channel_, context);
  } while (refused.error_code() == grpc::StatusCode::DEADLINE_EXCEEDED);
  // CANCELLED where gRPC drops a call that came in before the connection's last word; next hops take it for
  // UNAVAILABLE.
  EXPECT_TRUE(refused.error_code() == grpc::StatusCode::UNAVAILABLE ||
              refused.error_code() == grpc::StatusCode::CANCELLED)
      << refused.error_code();
  EXPECT_EQ(call_.wait_for(std::chrono::seconds(0)), std::future_status::timeout);
  open_ = true;
  EXPECT_TRUE(call_.get().ok());
  EXPECT_EQ(drained.wait_for(std::chrono::seconds(10)), std::future_status::ready);
}

TEST_F(DrainTest, CallsThatOutlastTheGraceAreCancelled) {
  Start(/*heeds_cancel=*/true);
  listener_->server->Shutdown(absl::Milliseconds(20));
  EXPECT_FALSE(call_.get().ok());
}

TEST_F(DrainTest, HandlersDeafToCancellationAreCutShort) {
  Start(/*heeds_cancel=*/false);
  listener_->server->Shutdown(absl::Milliseconds(20));
  EXPECT_FALSE(call_.get().ok());
}

TEST_F(DrainTest, DestroyedServerDrainsWithoutGrace) {
  Start(/*heeds_cancel=*/true);
  listener_.reset();
  EXPECT_FALSE(call_.get().ok());
}

}  // namespace
}  // namespace mcmig::rpc
