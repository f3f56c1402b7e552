#include "common/rpc/server.h"

#include <atomic>
#include <chrono>
#include <future>
#include <memory>
#include <stdexcept>
#include <string>

#include "absl/status/status.h"
#include "absl/time/clock.h"
#include "common/async/sleep.h"
#include "common/protocol/pushback.h"
#include "common/rpc/testing/listener.h"
#include "common/rpc/testing/two_systems.h"
#include "grpc/health/v1/health.grpc.pb.h"
#include "gtest/gtest.h"

namespace mcmig::rpc {
namespace {

using protocol::Call;
using testing::Answer;
using testing::Request;
using testing::Response;
using Primary = v1::PrimaryMcServiceServer;
using Partner = v1::PartnerMcServiceServer;

async::Task<Answer> EchoHandler(const Call& /*call*/, const Request& request) { return testing::AnswerEcho(request); }

class ServerTest : public ::testing::Test {
 protected:
  // An inside listener of north that takes every caller for a gateway of north.
  template <class Handler>
  testing::Listener<Primary> Inside(Handler handler, config::v1::Listener config = GatewayCalls()) {
    return {identity::Listener::kInside, config, insecure_, std::move(handler)};
  }
  static config::v1::Listener GatewayCalls() { return testing::InsecureListener("north", config::v1::ROLE_GATEWAY); }
  template <class Service>
  std::shared_ptr<grpc::Channel> To(const testing::Listener<Service>& listener) {
    return testing::Connect(*insecure_, testing::InsecureEndpoint(listener.server->address()), "north");
  }

  testing::TwoSystems systems_;
  std::shared_ptr<const Credentials> insecure_ = systems_.Insecure("north");
};

TEST_F(ServerTest, HandlerAnswersOverTcpOnTheReportedPort) {
  auto listener = Inside(EchoHandler);
  EXPECT_NE(listener.server->address(), "127.0.0.1:0");
  grpc::ClientContext context;
  Request request;
  request.set_primary_mc_service_id("sip:a@north.example");
  Response response;
  const grpc::Status status = testing::Authorize<Primary>(To(listener), context, request, &response);
  EXPECT_TRUE(status.ok()) << status.error_message();
  EXPECT_EQ(response.primary_mc_service_id(), "sip:a@north.example");
}

TEST_F(ServerTest, SecondServerOnTheSamePortIsRefused) {
  auto listener = Inside(EchoHandler);
  config::v1::Listener same = GatewayCalls();
  same.set_address(listener.server->address());
  auto second = Server::Create(std::make_shared<LoopThread>(), identity::Listener::kInside, same, insecure_,
                               std::make_shared<Health>());
  ASSERT_TRUE(second.ok());
  EXPECT_TRUE(absl::IsUnavailable((*second)->Start()));
}

TEST_F(ServerTest, PlainTextOffTheLoopbackIsRefused) {
  config::v1::Listener open = GatewayCalls();
  open.set_address("0.0.0.0:0");
  EXPECT_TRUE(absl::IsInvalidArgument(Server::Create(std::make_shared<LoopThread>(), identity::Listener::kInside, open,
                                                     insecure_, std::make_shared<Health>())
                                          .status()));
}

TEST_F(ServerTest, PeerThatThePermissionTableDoesNotLetIsRefused) {
  auto listener = Inside(EchoHandler, testing::InsecureListener("north", config::v1::ROLE_CLIENT));
  grpc::ClientContext context;
  EXPECT_EQ(testing::Authorize<Primary>(To(listener), context).error_code(), grpc::StatusCode::PERMISSION_DENIED);
}

TEST_F(ServerTest, ExceptionInAHandlerIsInternalWithoutItsText) {
  auto listener = Inside([](const Call&, const Request&) -> async::Task<Answer> {
    throw std::runtime_error("secret");
    co_return absl::OkStatus();
  });
  grpc::ClientContext context;
  const grpc::Status status = testing::Authorize<Primary>(To(listener), context);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::INTERNAL);
  EXPECT_EQ(status.error_message().find("secret"), std::string::npos);
  grpc::ClientContext again;
  EXPECT_EQ(testing::Authorize<Primary>(To(listener), again).error_code(), grpc::StatusCode::INTERNAL);
}

TEST_F(ServerTest, StatusesOfHandlersKeepCodeAndTextInside) {
  auto listener = Inside(
      [](const Call&, const Request&) -> async::Task<Answer> { co_return absl::NotFoundError("no such thing"); });
  grpc::ClientContext context;
  const grpc::Status status = testing::Authorize<Primary>(To(listener), context);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::NOT_FOUND);
  EXPECT_EQ(status.error_message(), "no such thing");
}

TEST_F(ServerTest, TextsOfHandlersDoNotReachTheOutside) {
  testing::Listener<Primary> listener(
      identity::Listener::kOutside, testing::InsecureListener("south", config::v1::ROLE_GATEWAY), insecure_,
      [](const Call&, const Request&) -> async::Task<Answer> { co_return absl::UnavailableError("host db1 is down"); });
  grpc::ClientContext context;
  const grpc::Status status = testing::Authorize<Primary>(To(listener), context);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::UNAVAILABLE);
  EXPECT_EQ(status.error_message().find("db1"), std::string::npos);
}

TEST_F(ServerTest, MethodsThatAreNotServedAreUnimplementedHoweverManyAsk) {
  auto listener = Inside(EchoHandler);
  for (int i = 0; i < 20; ++i) {
    grpc::ClientContext context;
    context.set_deadline(absl::ToChronoTime(absl::Now() + absl::Seconds(10)));
    EXPECT_EQ(testing::Authorize<Partner>(To(listener), context).error_code(), grpc::StatusCode::UNIMPLEMENTED);
  }
}

TEST_F(ServerTest, MessageOverTheLimitNeverReachesTheHandler) {
  std::atomic<bool> called = false;
  auto listener = Inside([&](const Call&, const Request& request) {
    called = true;
    return testing::AnswerEcho(request);
  });
  grpc::ClientContext context;
  Request request;
  request.set_primary_mc_service_id(std::string(65 << 10, 'x'));
  EXPECT_EQ(testing::Authorize<Primary>(To(listener), context, request).error_code(),
            grpc::StatusCode::RESOURCE_EXHAUSTED);
  listener.server->Shutdown(absl::ZeroDuration());
  EXPECT_FALSE(called);
}

// Holds calls until told to go on.
class Gate {
 public:
  async::Task<Answer> Hold(const Call& call, const Request& request) {
    entered_.set_value();
    while (!open_) {
      const bool reached = co_await async::Sleep(*call.executor, absl::Now() + absl::Milliseconds(2), call.cancel);
      if (!reached) {
        ended_early_.set_value(absl::Now());
        co_return absl::CancelledError("cut");
      }
    }
    co_return testing::Echo(request);
  }
  void WaitEntered() { entered_.get_future().wait(); }
  void Open() { open_ = true; }
  std::future<absl::Time> EndedEarly() { return ended_early_.get_future(); }

 private:
  std::promise<void> entered_;
  std::promise<absl::Time> ended_early_;
  std::atomic<bool> open_ = false;
};

TEST_F(ServerTest, CallBeyondMaxInFlightIsRefusedAtOnceWithAHint) {
  Gate gate;
  config::v1::Listener config = GatewayCalls();
  config.set_max_in_flight(1);
  auto listener = Inside([&](const Call& call, const Request& request) { return gate.Hold(call, request); }, config);
  auto first = std::async(std::launch::async, [&] {
    grpc::ClientContext context;
    return testing::Authorize<Primary>(To(listener), context);
  });
  gate.WaitEntered();
  grpc::ClientContext context;
  EXPECT_EQ(testing::Authorize<Primary>(To(listener), context).error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED);
  EXPECT_EQ(context.GetServerTrailingMetadata().count("grpc-retry-pushback-ms"), 1U);
  gate.Open();
  EXPECT_TRUE(first.get().ok());
}

TEST_F(ServerTest, CancelledCallCutsTheHandlerShort) {
  Gate gate;
  auto ended = gate.EndedEarly();
  auto listener = Inside([&](const Call& call, const Request& request) { return gate.Hold(call, request); });
  grpc::ClientContext context;
  auto call = std::async(std::launch::async, [&] { return testing::Authorize<Primary>(To(listener), context); });
  gate.WaitEntered();
  context.TryCancel();
  EXPECT_EQ(call.get().error_code(), grpc::StatusCode::CANCELLED);
  EXPECT_EQ(ended.wait_for(std::chrono::seconds(10)), std::future_status::ready);
}

TEST_F(ServerTest, ListenersLongestTimeEndsACallWithoutDeadline) {
  Gate gate;
  auto ended = gate.EndedEarly();
  config::v1::Listener config = GatewayCalls();
  config.mutable_max_deadline()->set_nanos(30'000'000);
  auto listener = Inside([&](const Call& call, const Request& request) { return gate.Hold(call, request); }, config);
  grpc::ClientContext context;
  EXPECT_EQ(testing::Authorize<Primary>(To(listener), context).error_code(), grpc::StatusCode::DEADLINE_EXCEEDED);
  EXPECT_EQ(ended.wait_for(std::chrono::seconds(10)), std::future_status::ready);
}

async::Task<Answer> WaitUntil(const Call& call, const std::atomic<bool>& gone) {
  bool reached = true;
  while (!gone && reached) {
    reached = co_await async::Sleep(*call.executor, absl::Now() + absl::Milliseconds(1), nullptr);
  }
  co_return Response();
}

TEST_F(ServerTest, HandlerDeafToItsDeadlineDoesNotKeepTheCaller) {
  std::atomic<bool> gone = false;
  config::v1::Listener config = GatewayCalls();
  config.mutable_max_deadline()->set_nanos(20'000'000);
  auto listener = Inside([&](const Call& call, const Request&) { return WaitUntil(call, gone); }, config);
  grpc::ClientContext context;
  EXPECT_EQ(testing::Authorize<Primary>(To(listener), context).error_code(), grpc::StatusCode::DEADLINE_EXCEEDED);
  gone = true;
}

TEST_F(ServerTest, HandlerSeesTheCallersDeadlineAndAtMostTheListenersLongest) {
  testing::Left<absl::Time> seen;
  auto listener = Inside([&](const Call& call, const Request& request) {
    seen.Set(call.deadline);
    return testing::AnswerEcho(request);
  });
  const absl::Time before = absl::Now();
  grpc::ClientContext short_context;
  short_context.set_deadline(absl::ToChronoTime(before + absl::Seconds(3)));
  EXPECT_TRUE(testing::Authorize<Primary>(To(listener), short_context).ok());
  EXPECT_NEAR(absl::ToDoubleSeconds(seen.Get() - before), 3, 0.5);
  grpc::ClientContext endless;
  EXPECT_TRUE(testing::Authorize<Primary>(To(listener), endless).ok());
  EXPECT_NEAR(absl::ToDoubleSeconds(seen.Get() - before), 10, 1);
}

constexpr char kTrace[] = "0af7651916cd43dd8448eb211c80319c";

void AddMetadata(grpc::ClientContext& context) {
  context.AddMetadata("authorization", "Bearer abc");
  context.AddMetadata("traceparent", std::string("00-") + kTrace + "-b7ad6b7169203331-01");
}

TEST_F(ServerTest, TokenIsReadOnClientListenersOnlyAndTraceNotFromOutside) {
  testing::Left<Call> seen;
  auto record = [&](const Call& call, const Request& request) {
    seen.Set(call);
    return testing::AnswerEcho(request);
  };
  testing::Listener<Partner> client(identity::Listener::kClient,
                                    testing::InsecureListener("north", config::v1::ROLE_CLIENT), insecure_, record);
  grpc::ClientContext client_context;
  AddMetadata(client_context);
  EXPECT_TRUE(testing::Authorize<Partner>(To(client), client_context).ok());
  EXPECT_EQ(seen.Get().bearer_token, "abc");
  EXPECT_EQ(seen.Get().trace_id, kTrace);

  auto inside = Inside(record);
  grpc::ClientContext inside_context;
  AddMetadata(inside_context);
  EXPECT_TRUE(testing::Authorize<Primary>(To(inside), inside_context).ok());
  EXPECT_EQ(seen.Get().bearer_token, "");
  EXPECT_EQ(seen.Get().trace_id, kTrace);
  EXPECT_EQ(seen.Get().listener, identity::Listener::kInside);
  EXPECT_EQ(seen.Get().peer.system, "north");
  EXPECT_TRUE(seen.Get().peer.own);

  testing::Listener<Primary> outside(identity::Listener::kOutside,
                                     testing::InsecureListener("south", config::v1::ROLE_GATEWAY), insecure_, record);
  grpc::ClientContext outside_context;
  AddMetadata(outside_context);
  EXPECT_TRUE(testing::Authorize<Primary>(To(outside), outside_context).ok());
  EXPECT_EQ(seen.Get().bearer_token, "");
  EXPECT_NE(seen.Get().trace_id, kTrace);
  EXPECT_EQ(seen.Get().trace_id.size(), 32U);
  EXPECT_FALSE(seen.Get().peer.own);
}

TEST_F(ServerTest, TwoTokensAreNone) {
  testing::Left<Call> seen;
  testing::Listener<Partner> client(identity::Listener::kClient,
                                    testing::InsecureListener("north", config::v1::ROLE_CLIENT), insecure_,
                                    [&](const Call& call, const Request& request) {
                                      seen.Set(call);
                                      return testing::AnswerEcho(request);
                                    });
  grpc::ClientContext context;
  AddMetadata(context);
  context.AddMetadata("authorization", "Bearer other");
  EXPECT_TRUE(testing::Authorize<Partner>(To(client), context).ok());
  EXPECT_EQ(seen.Get().listener, identity::Listener::kClient);
  EXPECT_EQ(seen.Get().bearer_token, "");
}

}  // namespace
}  // namespace mcmig::rpc
