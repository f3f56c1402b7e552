#ifndef COMMON_RPC_SERVICE_CHANNEL_H_
#define COMMON_RPC_SERVICE_CHANNEL_H_

#include <grpcpp/grpcpp.h>
#include <grpcpp/support/async_unary_call.h>

#include <algorithm>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "common/async/mutex.h"
#include "common/async/task.h"
#include "common/border/metadata.h"
#include "common/bulkhead/peer_server.h"
#include "common/ops/metrics.h"
#include "common/protocol/call.h"
#include "common/rpc/call_metrics.h"
#include "common/rpc/credentials.h"
#include "common/rpc/loop.h"
#include "common/rpc/server_address.h"
#include "common/rpc/unary_call.h"
#include "mcmig/config/v1/common.pb.h"

namespace mcmig::rpc {

// `Service`, a generated service, at one server, message for message: the transport's half of a next hop. Thread-safe.
//
// Each call goes out on the loop of its Call::executor, which is an rpc::Loop, over a channel that only this loop uses;
// beside the message goes what border::OutgoingMetadata lets on the leg. A channel does not wait for a server that is
// away: UNAVAILABLE at once. It connects with the first call. When the own certificate or whom to believe changes, the
// next call goes out on a new one; calls on the old one go on, and it ends with the last of them.
template <class Service>
class ServiceChannel {
 public:
  using Stub = typename Service::Stub;
  template <class Request, class Response>
  using Prepare = std::unique_ptr<grpc::ClientAsyncResponseReader<Response>> (Stub::*)(grpc::ClientContext*,
                                                                                       const Request&,
                                                                                       grpc::CompletionQueue*);

  explicit ServiceChannel(ServerAddress address) : address_(std::move(address)) {}

  [[nodiscard]] const ServerAddress& address() const { return address_; }

  // Asks once, within call.deadline and until call.cancel, and as the address' bulkhead lets it. `prepare`: the stub's
  // PrepareAsync of the method. The answer as it came; else as ServerAddress::StatusOf. `metrics`, where the call is
  // counted, may be null. `request` outlives the task.
  template <class Request, class Response>
  async::Task<absl::StatusOr<Response>> Ask(const protocol::Call& call, const Request& request,
                                            Prepare<Request, Response> prepare, CallMetrics* metrics) {
    // The contract of common/rpc: handlers run on loops.
    auto& loop = static_cast<Loop&>(*call.executor);
    std::optional<bulkhead::PeerServer::Passage> passage;
    absl::Time deadline = call.deadline;
    if (bulkhead::PeerServer* const bulkhead = address_.bulkhead(); bulkhead != nullptr) {
      const absl::Time now = absl::Now();
      absl::StatusOr<bulkhead::PeerServer::Passage> entered = bulkhead->Enter(now, call.priority_user);
      if (!entered.ok()) co_return entered.status();
      passage.emplace(*std::move(entered));
      deadline = std::min(deadline, now + bulkhead->longest_call());
    }
    Response response;
    grpc::ClientContext context;
    context.set_deadline(absl::ToChronoTime(deadline));
    for (const auto& [key, value] : border::OutgoingMetadata(address_.leg(), call)) context.AddMetadata(key, value);
    UnaryCall<Response> unary(context, &response, call.cancel, [&](grpc::ClientContext* prepared) {
      return (StubOf(loop).*prepare)(prepared, request, loop.queue());
    });
    CallTimer timer(metrics);
    const grpc::Status status = co_await unary;
    timer.End(status.error_code());
    if (passage) passage->End(static_cast<absl::StatusCode>(status.error_code()), absl::Now());
    if (!status.ok()) co_return address_.StatusOf(status, context, call);
    co_return response;
  }

 private:
  struct OfLoop {
    const Loop* loop;
    uint64_t generation;
    std::unique_ptr<Stub> stub;
  };

  // A process has one loop; tests have few. The stub is good until the next call of this for the loop.
  Stub& StubOf(const Loop& loop) ABSL_LOCKS_EXCLUDED(mutex_) {
    // Before the channel is made: it may be newer than this says, never older.
    const uint64_t generation = address_.generation();
    const async::MutexLock lock(mutex_);
    for (OfLoop& known : stubs_) {
      if (known.loop != &loop) continue;
      if (known.generation != generation) known = {&loop, generation, Service::NewStub(address_.MakeChannel())};
      return *known.stub;
    }
    stubs_.push_back({&loop, generation, Service::NewStub(address_.MakeChannel())});
    return *stubs_.back().stub;
  }

  const ServerAddress address_;
  async::Mutex mutex_;
  std::vector<OfLoop> stubs_ ABSL_GUARDED_BY(mutex_);
};

// One method of a service at one server. `metrics`, where its calls are counted (nowhere where null), outlives it, as
// the channel does. Thread-safe.
template <class Service, class Request, class Response>
class ServiceMethod {
 public:
  using Prepare = typename ServiceChannel<Service>::template Prepare<Request, Response>;
  ServiceMethod(ServiceChannel<Service>& channel, const char* name, Prepare prepare, ops::Metrics* metrics)
      : channel_(channel), prepare_(prepare) {
    if (metrics == nullptr) return;
    const std::string method = std::string(Service::service_full_name()) + "/" + name;
    metrics_ = CallMetrics::OfClient(*metrics, method, channel.address().system());
  }
  async::Task<absl::StatusOr<Response>> Ask(const protocol::Call& call, const Request& request) {
    return channel_.Ask(call, request, prepare_, metrics_.get());
  }

 private:
  ServiceChannel<Service>& channel_;
  const Prepare prepare_;
  std::unique_ptr<CallMetrics> metrics_;
};

// The next hop `Hop`, made of a ServerAddress and where calls are counted, at `endpoint`, a server of `system`.
// INVALID_ARGUMENT as Credentials::ForEndpoint.
template <class Hop>
absl::StatusOr<std::unique_ptr<Hop>> MakeNextHop(std::shared_ptr<const Credentials> credentials,
                                                 const config::v1::Endpoint& endpoint, absl::string_view system,
                                                 protocol::Leg leg, ops::Metrics* metrics = nullptr) {
  absl::StatusOr<ServerAddress> address = ServerAddress::Of(std::move(credentials), endpoint, system, leg);
  if (!address.ok()) return address.status();
  return std::make_unique<Hop>(*std::move(address), metrics);
}

}  // namespace mcmig::rpc

#endif  // COMMON_RPC_SERVICE_CHANNEL_H_
