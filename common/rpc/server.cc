#include "common/rpc/server.h"

#include <grpcpp/generic/async_generic_service.h>
#include <grpcpp/impl/server_builder_option.h>

#include <algorithm>
#include <thread>
#include <utility>

#include "absl/algorithm/container.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "common/async/mutex.h"
#include "common/audit/call_record.h"
#include "common/audit/trail.h"
#include "common/bulkhead/peer_server.h"
#include "common/identity/peer.h"
#include "common/rpc/arguments.h"
#include "common/rpc/call_audit.h"
#include "common/rpc/reflection_guard.h"
#include "common/rpc/shared_queue.h"
#include "grpc/health/v1/health.grpc.pb.h"

namespace mcmig::rpc {
namespace {

using grpc::health::v1::HealthCheckRequest;
using grpc::health::v1::HealthCheckResponse;
// Check is ours; Watch stays the generated method that answers UNIMPLEMENTED.
using HealthService = grpc::health::v1::Health::WithAsyncMethod_Check<grpc::health::v1::Health::Service>;

constexpr int kOperatorsMessageBytes = 4 << 20;
// Calls of unknown methods that are answered at once; further ones wait for these.
constexpr int kUnknownSlots = 2;

// Reflection is a plugin that links itself into every server of the process; this takes it out of one.
class WithoutPlugins final : public grpc::ServerBuilderOption {
 public:
  void UpdateArguments(grpc::ChannelArguments* /*arguments*/) override {}
  void UpdatePlugins(std::vector<std::unique_ptr<grpc::ServerBuilderPlugin>>* plugins) override { plugins->clear(); }
};

absl::Duration DurationOf(const google::protobuf::Duration& duration) {
  return absl::Seconds(duration.seconds()) + absl::Nanoseconds(duration.nanos());
}

async::Task<absl::StatusOr<HealthCheckResponse>> Check(const Health& health, const std::string& service) {
  HealthCheckResponse response;
  switch (health.Of(service)) {
    case Health::State::kUnknownService:
      co_return absl::NotFoundError("unknown service");
    case Health::State::kServing:
      response.set_status(HealthCheckResponse::SERVING);
      break;
    case Health::State::kNotServing:
      response.set_status(HealthCheckResponse::NOT_SERVING);
      break;
  }
  co_return response;
}

// Answers calls of methods that are not served here, one after another. gRPC would do it on the queue that nobody
// polls.
async::Task<> RefuseUnknown(Listening& listening, grpc::AsyncGenericService& unknown) {
  const Serving serving(listening);
  while (!listening.stopping) {
    grpc::GenericServerContext context;
    grpc::GenericServerAsyncReaderWriter stream(&context);
    grpc::ServerCompletionQueue* const queue = listening.loop.queue();
    Operation accept([&](void* tag) { unknown.RequestCall(&context, &stream, queue, queue, tag); });
    const bool accepted = co_await accept;
    if (!accepted) co_return;
    if (listening.audit != nullptr) co_await AuditUnknown(listening, context);
    Operation finish([&](void* tag) { stream.Finish(grpc::Status(grpc::StatusCode::UNIMPLEMENTED, ""), tag); });
    [[maybe_unused]] const bool sent = co_await finish;
  }
}

}  // namespace

Server::Server(std::shared_ptr<LoopThread> loop, std::string name, std::string address, std::shared_ptr<Health> health)
    : name_(std::move(name)),
      address_(std::move(address)),
      health_(std::move(health)),
      loop_(std::move(loop)),
      unused_queue_(builder_.AddCompletionQueue()),
      listening_(loop_->loop()) {}

absl::StatusOr<std::unique_ptr<Server>> Server::Create(std::shared_ptr<LoopThread> loop, identity::Listener kind,
                                                       const config::v1::Listener& config,
                                                       std::shared_ptr<const Credentials> credentials,
                                                       std::shared_ptr<Health> health, ops::Metrics* metrics) {
  auto refused = std::make_shared<RefusedHandshakes>(audit::HandshakeMembers(kind));
  auto server_credentials = credentials->ForListener(kind, config, refused);
  if (!server_credentials.ok()) return server_credentials.status();
  std::unique_ptr<Server> server(
      new Server(std::move(loop), std::string(identity::ListenerName(kind)), config.address(), std::move(health)));
  server->credentials_ = *std::move(server_credentials);
  server->listening_.refused_handshakes = std::move(refused);
  Listening& listening = server->listening_;
  listening.kind = kind;
  listening.identify = credentials->Identifier(config);
  if (config.max_in_flight() > 0) listening.max_in_flight = config.max_in_flight();
  if (config.max_emergency_in_flight() > 0) {
    listening.emergency = bulkhead::Budget({.max_in_flight = config.max_emergency_in_flight(), .per_second = 0});
  }
  if (config.has_max_deadline()) listening.max_deadline = DurationOf(config.max_deadline());
  if (config.has_max_connection_age()) server->max_connection_age_ = DurationOf(config.max_connection_age());
  if (kind == identity::Listener::kOutside) {
    for (const identity::SystemTable::System& system : credentials->systems().systems()) {
      if (system.own) continue;
      listening.rooms.emplace(system.config.name(), bulkhead::IncomingRoom(system.config.limits()));
    }
  }
  listening.metrics = ListenerMetrics(metrics, server->name_, listening.max_in_flight);
  if (kind == identity::Listener::kOperators) server->max_message_bytes_ = kOperatorsMessageBytes;
  server->reflection_ = kind != identity::Listener::kOutside;
  if (kind != identity::Listener::kOutside) server->ServeHealth(Access::kUncounted);
  return server;
}

std::unique_ptr<Server> Server::CreateForHealth(std::shared_ptr<LoopThread> loop, const std::string& address,
                                                std::shared_ptr<Health> health) {
  std::unique_ptr<Server> server(new Server(std::move(loop), std::string(kHealthName), address, std::move(health)));
  server->credentials_ = grpc::InsecureServerCredentials();
  server->ServeHealth(Access::kAnyone);
  return server;
}

Server::~Server() {
  if (running_) Shutdown(absl::ZeroDuration());
}

void Server::ServeHealth(Access access) {
  auto service = std::make_unique<HealthService>();
  Add<HealthService>(
      service.get(), &HealthService::RequestCheck,
      Method<HealthCheckRequest, HealthCheckResponse>{
          "grpc.health.v1.Health/Check", access, {}, [this](const protocol::Call&, const HealthCheckRequest& request) {
            return Check(*health_, request.service());
          }});
  own_services_.push_back(std::move(service));
}

void Server::AuditTo(audit::Trail* trail) {
  listening_.audit = trail;
  if (trail == nullptr || listening_.refused_handshakes == nullptr) return;
  listening_.refused_handshakes->CountIn(trail->shared_attempts());
}

void Server::AddService(grpc::Service* service) {
  if (!absl::c_linear_search(services_, service)) services_.push_back(service);
}

void Server::SetArguments() {
  SetServerDefaults(builder_);
  builder_.SetMaxReceiveMessageSize(max_message_bytes_);
  // A connection's calls beyond this wait at the caller; leaves room for answers that say so.
  constexpr size_t kMinStreams = 128;
  constexpr size_t kMaxStreams = 200'000;
  builder_.AddChannelArgument(GRPC_ARG_MAX_CONCURRENT_STREAMS,
                              static_cast<int>(std::clamp(2 * listening_.max_in_flight, kMinStreams, kMaxStreams)));
  builder_.AddChannelArgument(GRPC_ARG_MAX_CONNECTION_AGE_MS,
                              static_cast<int>(absl::ToInt64Milliseconds(max_connection_age_)));
  // Of the synchronous API only reflection and Health/Watch are served: one thread is enough.
  builder_.SetSyncServerOption(grpc::ServerBuilder::NUM_CQS, 1);
  builder_.SetSyncServerOption(grpc::ServerBuilder::MIN_POLLERS, 1);
  builder_.SetSyncServerOption(grpc::ServerBuilder::MAX_POLLERS, 1);
  if (!reflection_) {
    builder_.SetOption(std::make_unique<WithoutPlugins>());
    return;
  }
  std::vector<std::unique_ptr<grpc::experimental::ServerInterceptorFactoryInterface>> interceptors;
  interceptors.push_back(std::make_unique<ReflectionGuard>(listening_.kind, listening_.identify, listening_.audit));
  builder_.experimental().SetInterceptorCreators(std::move(interceptors));
}

absl::Status Server::Start() {
  SetArguments();
  int port = 0;
  builder_.AddListeningPort(address_, credentials_, &port);
  for (grpc::Service* service : services_) builder_.RegisterService(service);
  builder_.RegisterAsyncGenericService(&unknown_);
  server_ = StartOn(builder_, *listening_.loop.queue());
  if (server_ == nullptr || port == 0) {
    return absl::UnavailableError(absl::StrCat("cannot listen on ", address_, " (", name_, " listener)"));
  }
  address_ = absl::StrCat(address_.substr(0, address_.rfind(':')), ":", port);
  running_ = true;
  listening_.loop.Post([this] {
    for (auto& start : starters_) start();
    for (int i = 0; i < kUnknownSlots; ++i) listening_.loop.Spawn(RefuseUnknown(listening_, unknown_));
  });
  return absl::OkStatus();
}

void Server::Shutdown(absl::Duration grace) {
  running_ = false;
  const absl::Time deadline = absl::Now() + grace;
  listening_.loop.Post([this] { listening_.draining.Cancel(); });
  async::Mutex mutex;
  async::Condition ended;
  bool down = false;
  bool idle = false;
  const auto tell = [&](bool& happened) {
    const async::MutexLock lock(mutex);
    happened = true;
    ended.NotifyOne();
  };
  // Returns when every call has been answered or cancelled, which can be before their handlers end.
  std::thread stopping([&] {
    server_->Shutdown(absl::ToChronoTime(deadline));
    tell(down);
  });
  {
    const async::MutexLock lock(mutex);
    while (!down && ended.WaitUntil(mutex, deadline)) {
    }
  }
  // Whatever still waits for a time has no caller any more.
  listening_.loop.CutTimers();
  stopping.join();
  listening_.loop.Post([&] {
    listening_.stopping = true;
    if (listening_.serving == 0) return tell(idle);
    listening_.idle = [&] { tell(idle); };
  });
  const async::MutexLock lock(mutex);
  while (!idle) ended.Wait(mutex);
}

}  // namespace mcmig::rpc
