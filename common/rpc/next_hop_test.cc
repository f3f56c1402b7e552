#include "common/rpc/next_hop.h"

#include <atomic>
#include <chrono>
#include <future>
#include <memory>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/time/clock.h"
#include "common/async/sleep.h"
#include "common/identity/mc_service_id.h"
#include "common/ops/metrics.h"
#include "common/ops/testing/exposition.h"
#include "common/protocol/pushback.h"
#include "common/rpc/testing/listener.h"
#include "common/rpc/testing/two_systems.h"
#include "gtest/gtest.h"

namespace mcmig::rpc {
namespace {

using protocol::AuthorizationRequest;
using protocol::Call;
using protocol::Decision;
using testing::Answer;
using testing::Request;
using testing::Response;
using Gateway = v1::PartnerMcGatewayServer;
using Primary = v1::PrimaryMcServiceServer;

AuthorizationRequest SomeRequest() {
  return {.partner_mc_service_id = *identity::McServiceId::Parse("sip:visitor@north.example"),
          .primary_mc_service_id = *identity::McServiceId::Parse("sip:alice@south.example"),
          .profile_index = 1,
          .service = protocol::McService::kMcptt,
          .request_id = protocol::RequestId{},
          .issued_at = absl::FromUnixSeconds(1)};
}

// A gateway of north whose handler asks a primary server: two hops over TCP. What the primary does is a test's own.
class NextHopTest : public ::testing::Test {
 protected:
  template <class Handler>
  void Start(Handler primary, protocol::Leg leg = protocol::Leg::kInside) {
    primary_ = std::make_unique<testing::Listener<Primary>>(
        identity::Listener::kInside, testing::InsecureListener("north", config::v1::ROLE_GATEWAY), insecure_,
        std::move(primary));
    auto hop = MakeNextHop<GrpcPrimaryHop<Primary>>(insecure_, testing::InsecureEndpoint(primary_->server->address()),
                                                    "north", leg, &metrics_);
    ASSERT_TRUE(hop.ok()) << hop.status();
    hop_ = *std::move(hop);
    gateway_ = std::make_unique<testing::Listener<Gateway>>(
        identity::Listener::kInside, testing::InsecureListener("north", config::v1::ROLE_PARTNER_SERVER), insecure_,
        [this](const Call& call, const Request& request) { return Forward(call, request); });
    channel_ = testing::Connect(*insecure_, testing::InsecureEndpoint(gateway_->server->address()), "north");
  }

  async::Task<Answer> Forward(const Call& call, const Request& /*request*/) {
    Call onwards = call;
    onwards.bearer_token = "abc";
    const AuthorizationRequest sent = SomeRequest();
    absl::StatusOr<Decision> decision = co_await hop_->AuthorizeMigration(onwards, sent);
    if (!decision.ok()) co_return decision.status();
    co_return protocol::ToProto(*decision, sent);
  }

  // What was counted of calls to the primary server.
  [[nodiscard]] std::optional<double> Counted(const std::string& name, ops::Labels labels = {}) const {
    labels.insert({{"method", "mcmig.v1.PrimaryMcServiceServer/AuthorizeMigration"}, {"target_system", "north"}});
    return ops::testing::ParseExposition(metrics_.Text()).Sum(name, labels);
  }

  grpc::Status Ask(grpc::ClientContext& context) { return testing::Authorize<Gateway>(channel_, context); }

  testing::TwoSystems systems_;
  ops::Metrics metrics_;
  std::shared_ptr<const Credentials> insecure_ = systems_.Insecure("north");
  std::unique_ptr<testing::Listener<Primary>> primary_;
  std::unique_ptr<protocol::NextHop> hop_;
  std::unique_ptr<testing::Listener<Gateway>> gateway_;
  std::shared_ptr<grpc::Channel> channel_;
};

TEST_F(NextHopTest, DecisionComesBack) {
  Start([](const Call&, const Request& request) -> async::Task<Answer> { co_return testing::Echo(request); });
  grpc::ClientContext context;
  Response response;
  const grpc::Status status = testing::Authorize<Gateway>(channel_, context, {}, &response);
  EXPECT_TRUE(status.ok()) << status.error_message();
  EXPECT_EQ(response.result(), v1::MIGRATION_RESULT_SUCCESS);
}

TEST_F(NextHopTest, AnswerWithOtherIdsIsInternal) {
  Start([](const Call&, const Request& request) -> async::Task<Answer> {
    Response response = testing::Echo(request);
    response.set_primary_mc_service_id("sip:mallory@south.example");
    co_return response;
  });
  grpc::ClientContext context;
  EXPECT_EQ(Ask(context).error_code(), grpc::StatusCode::INTERNAL);
}

TEST_F(NextHopTest, DeadlineGoesAlong) {
  testing::Left<absl::Time> seen;
  Start([&](const Call& call, const Request& request) {
    seen.Set(call.deadline);
    return testing::AnswerEcho(request);
  });
  const absl::Time deadline = absl::Now() + absl::Seconds(4);
  grpc::ClientContext context;
  context.set_deadline(absl::ToChronoTime(deadline));
  EXPECT_TRUE(Ask(context).ok());
  EXPECT_NEAR(absl::ToDoubleSeconds(seen.Get() - deadline), 0, 0.5);
}

// Waits until its call is cut, and tells.
struct Patient {
  async::Task<Answer> operator()(const Call& call, const Request& /*request*/) const {
    entered->set_value();
    const bool reached = co_await async::Sleep(*call.executor, absl::InfiniteFuture(), call.cancel);
    cut->set_value(!reached);
    co_return absl::CancelledError("cut");
  }
  std::shared_ptr<std::promise<void>> entered = std::make_shared<std::promise<void>>();
  std::shared_ptr<std::promise<bool>> cut = std::make_shared<std::promise<bool>>();
};

TEST_F(NextHopTest, CancellationReachesTheSecondHop) {
  const Patient patient;
  Start(patient);
  grpc::ClientContext context;
  auto asked = std::async(std::launch::async, [&] { return Ask(context); });
  patient.entered->get_future().wait();
  context.TryCancel();
  EXPECT_EQ(asked.get().error_code(), grpc::StatusCode::CANCELLED);
  auto cut = patient.cut->get_future();
  ASSERT_EQ(cut.wait_for(std::chrono::seconds(10)), std::future_status::ready);
  EXPECT_TRUE(cut.get());
}

TEST_F(NextHopTest, DeadlineOfTheCallerCutsTheSecondHop) {
  const Patient patient;
  Start(patient);
  grpc::ClientContext context;
  context.set_deadline(absl::ToChronoTime(absl::Now() + absl::Milliseconds(60)));
  EXPECT_EQ(Ask(context).error_code(), grpc::StatusCode::DEADLINE_EXCEEDED);
  auto cut = patient.cut->get_future();
  ASSERT_EQ(cut.wait_for(std::chrono::seconds(10)), std::future_status::ready);
  EXPECT_TRUE(cut.get());
}

TEST_F(NextHopTest, StatusesKeepTheirMeaningButNotTheirText) {
  testing::Left<absl::Status> answer;
  Start([&](const Call&, const Request&) { return testing::AnswerWith(answer.Get()); });
  const std::vector<std::pair<absl::Status, grpc::StatusCode>> expected = {
      {absl::InvalidArgumentError("host db1"), grpc::StatusCode::INVALID_ARGUMENT},
      {absl::PermissionDeniedError("host db1"), grpc::StatusCode::PERMISSION_DENIED},
      {absl::UnauthenticatedError("host db1"), grpc::StatusCode::UNAUTHENTICATED},
      {absl::UnavailableError("host db1"), grpc::StatusCode::UNAVAILABLE},
      {absl::NotFoundError("host db1"), grpc::StatusCode::INTERNAL},
      {protocol::ResourceExhausted("host db1", absl::Seconds(2)), grpc::StatusCode::RESOURCE_EXHAUSTED},
      // Without a hint it may be an answer that was too large, so that the outcome is unknown.
      {absl::ResourceExhaustedError("host db1"), grpc::StatusCode::INTERNAL},
  };
  for (const auto& [given, code] : expected) {
    answer.Set(given);
    grpc::ClientContext context;
    const grpc::Status status = Ask(context);
    EXPECT_EQ(status.error_code(), code) << given;
    EXPECT_EQ(status.error_message().find("db1"), std::string::npos);
    EXPECT_EQ(context.GetServerTrailingMetadata().count("grpc-retry-pushback-ms"),
              code == grpc::StatusCode::RESOURCE_EXHAUSTED ? 1U : 0U);
  }
}

TEST_F(NextHopTest, ServerThatIsAwayIsUnavailableAtOnce) {
  Start([](const Call&, const Request& request) -> async::Task<Answer> { co_return testing::Echo(request); });
  primary_.reset();
  grpc::ClientContext context;
  EXPECT_EQ(Ask(context).error_code(), grpc::StatusCode::UNAVAILABLE);
}

TEST_F(NextHopTest, TraceGoesAlongInsideAndTheTokenDoesNot) {
  testing::Left<Call> seen;
  Start([&](const Call& call, const Request& request) {
    seen.Set(call);
    return testing::AnswerEcho(request);
  });
  grpc::ClientContext context;
  context.AddMetadata("traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01");
  EXPECT_TRUE(Ask(context).ok());
  EXPECT_EQ(seen.Get().trace_id, "0af7651916cd43dd8448eb211c80319c");
}

TEST_F(NextHopTest, NothingGoesAlongToTheOutside) {
  testing::Left<Call> seen;
  Start(
      [&](const Call& call, const Request& request) {
        seen.Set(call);
        return testing::AnswerEcho(request);
      },
      protocol::Leg::kOutside);
  grpc::ClientContext context;
  context.AddMetadata("traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01");
  EXPECT_TRUE(Ask(context).ok());
  EXPECT_NE(seen.Get().trace_id, "0af7651916cd43dd8448eb211c80319c");
}

TEST_F(NextHopTest, UnknownSystemIsRefusedAtWiring) {
  EXPECT_TRUE(absl::IsInvalidArgument(MakeNextHop<GrpcPrimaryHop<Primary>>(insecure_,
                                                                           testing::SecureEndpoint("127.0.0.1:1", "x"),
                                                                           "nowhere", protocol::Leg::kOutside)
                                          .status()));
}

TEST_F(NextHopTest, CallsAreCountedByTheCodeThatTheyEndedWith) {
  Start([](const Call&, const Request& request) -> async::Task<Answer> { co_return testing::Echo(request); });
  for (int i = 0; i < 2; ++i) {
    grpc::ClientContext context;
    EXPECT_TRUE(Ask(context).ok());
  }
  primary_->server->Shutdown(absl::ZeroDuration());
  grpc::ClientContext context;
  EXPECT_EQ(Ask(context).error_code(), grpc::StatusCode::UNAVAILABLE);
  EXPECT_EQ(Counted("mcmig_rpc_client_started_total"), 3);
  EXPECT_EQ(Counted("mcmig_rpc_client_duration_seconds_count", {{"code", "OK"}}), 2);
  EXPECT_EQ(Counted("mcmig_rpc_client_duration_seconds_count", {{"code", "UNAVAILABLE"}}), 1);
  EXPECT_GT(Counted("mcmig_rpc_client_duration_seconds_sum", {{"code", "OK"}}), 0);
}

}  // namespace
}  // namespace mcmig::rpc
