#include <algorithm>
#include <array>
#include <atomic>
#include <future>
#include <map>
#include <memory>
#include <random>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "absl/time/clock.h"
#include "common/async/mutex.h"
#include "common/async/sleep.h"
#include "common/identity/mc_service_id.h"
#include "common/rpc/next_hop.h"
#include "common/rpc/server.h"
#include "common/rpc/testing/listener.h"
#include "common/rpc/testing/two_systems.h"
#include "gtest/gtest.h"

// Hundreds of calls at once over two hops, with random deadlines, cancellations, overload, failures and work on another
// thread, drained under load. What must hold: every handler that begins ends, every call is answered once, and an OK
// answer is that of its own request.
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

constexpr int kInFlight = 300;
constexpr int kBeforeDraining = 2'000;
constexpr int kWhileDraining = 500;

// Like a store's writer: one thread takes what has gathered, and gives it back as one chain.
class Writer {
 public:
  Writer() : thread_([this] { Write(); }) {}
  ~Writer() {
    {
      const async::MutexLock lock(mutex_);
      stopping_ = true;
      arrived_.NotifyOne();
    }
    thread_.join();
  }
  struct Commit : async::Parked {
    Commit(Writer& by, async::Executor& on) : writer(by), executor(on) {}
    [[nodiscard]] bool await_ready() const noexcept { return false; }
    void await_suspend(std::coroutine_handle<> coroutine) {
      waiter = coroutine;
      const async::MutexLock lock(writer.mutex_);
      next = std::exchange(writer.first_, this);
      writer.executor_ = &executor;
      writer.arrived_.NotifyOne();
    }
    void await_resume() const noexcept {}
    Writer& writer;
    async::Executor& executor;
  };

 private:
  void Write() {
    for (;;) {
      async::Parked* chain = nullptr;
      async::Executor* executor = nullptr;
      {
        const async::MutexLock lock(mutex_);
        while (first_ == nullptr && !stopping_) arrived_.Wait(mutex_);
        if (first_ == nullptr) return;
        chain = std::exchange(first_, nullptr);
        executor = executor_;
      }
      executor->Resume(chain);
    }
  }

  async::Mutex mutex_;
  async::Condition arrived_;
  async::Parked* first_ ABSL_GUARDED_BY(mutex_) = nullptr;
  async::Executor* executor_ ABSL_GUARDED_BY(mutex_) = nullptr;
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  std::thread thread_;
};

struct Counts {
  std::atomic<int> begun = 0;
  std::atomic<int> ended = 0;
};

class Counted {
 public:
  explicit Counted(Counts& counts) : counts_(counts) { ++counts_.begun; }
  ~Counted() { ++counts_.ended; }
  Counted(const Counted&) = delete;
  Counted& operator=(const Counted&) = delete;

 private:
  Counts& counts_;
};

class StormTest : public ::testing::Test {
 protected:
  async::Task<Answer> Serve(const Call& call, const Request& request) {
    const Counted counted(counts_);
    const uint32_t kind = request.mc_service_user_profile_index() % 8;
    bool reached = true;
    if (kind == 0) throw std::runtime_error("storm");
    if (kind == 1) co_return absl::NotFoundError("storm");
    if (kind == 2) reached = co_await async::Sleep(*call.executor, absl::Now() + absl::Hours(1), call.cancel);
    if (kind == 3) reached = co_await async::Sleep(*call.executor, absl::Now() + absl::Milliseconds(20), nullptr);
    if (kind <= 5) {
      Writer::Commit commit(writer_, *call.executor);
      co_await commit;
    }
    if (!reached) co_return absl::CancelledError("cut");
    co_return testing::Echo(request);
  }

  async::Task<Answer> Forward(const Call& call, const Request& request) {
    const Counted counted(counts_);
    AuthorizationRequest sent = {
        .partner_mc_service_id = *identity::McServiceId::Parse(request.partner_mc_service_id()),
        .primary_mc_service_id = *identity::McServiceId::Parse(request.primary_mc_service_id()),
        .profile_index = static_cast<uint8_t>(request.mc_service_user_profile_index()),
        .service = protocol::McService::kMcptt,
        .request_id = protocol::RequestId{},
        .issued_at = absl::FromUnixSeconds(1)};
    absl::StatusOr<Decision> decision = co_await hop_->AuthorizeMigration(call, sent);
    if (!decision.ok()) co_return decision.status();
    co_return protocol::ToProto(*decision, sent);
  }

  testing::TwoSystems systems_;
  std::shared_ptr<const Credentials> insecure_ = systems_.Insecure("north");
  Counts counts_;
  Writer writer_;
  std::unique_ptr<protocol::NextHop> hop_;
};

struct Outgoing {
  grpc::ClientContext context;
  Request request;
  Response response;
  grpc::Status status;
  std::unique_ptr<grpc::ClientAsyncResponseReader<Response>> reader;
};

// Keeps kInFlight calls going, cancelling some; told to drain, starts some more and collects the rest.
class Clients {
 public:
  explicit Clients(const std::shared_ptr<grpc::Channel>& channel) : stub_(Gateway::NewStub(channel)) {}

  void Run() {
    int left = kWhileDraining;
    for (int i = 0; i < kInFlight; ++i) StartOne();
    while (!running_.empty()) {
      void* tag = nullptr;
      bool ok = false;
      const auto got = queue_.AsyncNext(&tag, &ok, std::chrono::system_clock::now() + std::chrono::milliseconds(2));
      if (random_() % 8 == 0) running_[random_() % running_.size()]->context.TryCancel();
      if (got != grpc::CompletionQueue::GOT_EVENT) continue;
      EndOne(static_cast<Outgoing*>(tag));
      if (++ended == kBeforeDraining) many_ended.set_value();
      if (!draining || --left > 0) StartOne();
    }
  }

  std::promise<void> many_ended;
  std::atomic<bool> draining = false;
  std::map<int, int> codes;
  int ended = 0;
  int mixed_up = 0;

 private:
  void StartOne() {
    auto call = std::make_unique<Outgoing>();
    call->request.set_partner_mc_service_id("sip:v" + std::to_string(random_()) + "@north.example");
    call->request.set_primary_mc_service_id("sip:u" + std::to_string(random_()) + "@south.example");
    call->request.set_mc_service_user_profile_index(random_() % 200);
    if (random_() % 3 != 0) {
      call->context.set_deadline(std::chrono::system_clock::now() + std::chrono::microseconds(random_() % 30'000));
    }
    call->reader = stub_->AsyncAuthorizeMigration(&call->context, call->request, &queue_);
    call->reader->Finish(&call->response, &call->status, call.get());
    running_.push_back(std::move(call));
  }
  void EndOne(Outgoing* call) {
    ++codes[call->status.error_code()];
    if (call->status.ok() && call->response.primary_mc_service_id() != call->request.primary_mc_service_id()) {
      ++mixed_up;
    }
    const auto found =
        std::find_if(running_.begin(), running_.end(), [call](const auto& c) { return c.get() == call; });
    std::swap(*found, running_.back());
    running_.pop_back();
  }

  std::mt19937 random_{1};
  std::unique_ptr<Gateway::Stub> stub_;
  grpc::CompletionQueue queue_;
  std::vector<std::unique_ptr<Outgoing>> running_;
};

TEST_F(StormTest, EveryCallEndsOnceAndDrainingUnderLoadLosesNone) {
  config::v1::Listener primary_config = testing::InsecureListener("north", config::v1::ROLE_GATEWAY);
  primary_config.mutable_max_deadline()->set_nanos(200'000'000);
  testing::Listener<Primary> primary(identity::Listener::kInside, primary_config, insecure_,
                                     [this](const Call& call, const Request& request) { return Serve(call, request); });
  auto hop = MakeNextHop<GrpcPrimaryHop<Primary>>(insecure_, testing::InsecureEndpoint(primary.server->address()),
                                                  "north", protocol::Leg::kInside);
  ASSERT_TRUE(hop.ok());
  hop_ = *std::move(hop);
  config::v1::Listener gateway_config = testing::InsecureListener("north", config::v1::ROLE_PARTNER_SERVER);
  gateway_config.set_max_in_flight(kInFlight / 8);
  testing::Listener<Gateway> gateway(
      identity::Listener::kInside, gateway_config, insecure_,
      [this](const Call& call, const Request& request) { return Forward(call, request); });

  Clients clients(testing::Connect(*insecure_, testing::InsecureEndpoint(gateway.server->address()), "north"));
  std::thread load([&] { clients.Run(); });
  clients.many_ended.get_future().wait();
  clients.draining = true;
  gateway.server->Shutdown(absl::Milliseconds(100));
  load.join();
  primary.server->Shutdown(absl::Milliseconds(100));

  EXPECT_EQ(counts_.begun, counts_.ended);
  EXPECT_EQ(clients.mixed_up, 0);
  for (const grpc::StatusCode code :
       {grpc::StatusCode::OK, grpc::StatusCode::CANCELLED, grpc::StatusCode::INTERNAL,
        grpc::StatusCode::DEADLINE_EXCEEDED, grpc::StatusCode::RESOURCE_EXHAUSTED, grpc::StatusCode::UNAVAILABLE}) {
    EXPECT_GT(clients.codes[code], 0) << "no call ended with code " << code;
  }
}

}  // namespace
}  // namespace mcmig::rpc
