#ifndef COMMON_RPC_SERVER_H_
#define COMMON_RPC_SERVER_H_

#include <grpcpp/generic/async_generic_service.h>
#include <grpcpp/grpcpp.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "common/identity/peer.h"
#include "common/ops/metrics.h"
#include "common/rpc/credentials.h"
#include "common/rpc/health.h"
#include "common/rpc/incoming_call.h"
#include "common/rpc/loop.h"
#include "common/rpc/method.h"
#include "common/rpc/stream_method.h"
#include "mcmig/config/v1/common.pb.h"

namespace mcmig::rpc {

// One listener of a process: an address and the methods served there. The loop, which the listeners of a process share,
// runs their handlers.
//
// Each has a gRPC server of its own, because gRPC serves every service on every port of a server. A call reaches its
// handler only from an identified peer that the permission table lets, and while fewer than max_in_flight handlers are
// at work; else UNAUTHENTICATED, PERMISSION_DENIED or RESOURCE_EXHAUSTED. An exception in a handler is INTERNAL.
// Client, inside and operators listeners also serve grpc.health.v1 (Check) and reflection, under the same permission
// table; an outside listener serves neither. Create, Handle..., Start, Shutdown; from one thread.
class Server {
 public:
  // INVALID_ARGUMENT where `config` asks for plain text off the loopback, or the credentials have no certificate.
  // `metrics`, where calls are counted (nowhere where null), outlives the server.
  static absl::StatusOr<std::unique_ptr<Server>> Create(std::shared_ptr<LoopThread> loop, identity::Listener kind,
                                                        const config::v1::Listener& config,
                                                        std::shared_ptr<const Credentials> credentials,
                                                        std::shared_ptr<Health> health,
                                                        ops::Metrics* metrics = nullptr);
  // grpc.health.v1 in plain text and nothing else, for probes that speak no TLS. Nothing is counted.
  static constexpr absl::string_view kHealthName = "health";
  static std::unique_ptr<Server> CreateForHealth(std::shared_ptr<LoopThread> loop, const std::string& address,
                                                 std::shared_ptr<Health> health);
  // Shuts down without grace where that was not done.
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  // Serves one method. `service` is the generated AsyncService, shared by the methods of one service and alive as long
  // as the server; every method of it is handled, or calls of the others wait for their deadline. `request` is its
  // Request method. `method` is the full name, e.g. "mcmig.v1.PrimaryMcServiceServer/AuthorizeMigration". `handler` is
  // called as async::Task<absl::StatusOr<Response>>(const protocol::Call&, const Request&), whose arguments outlive the
  // task; it is kept until the server goes. `access`: kPermitted or kShare.
  template <class Service, class Base, class Request, class Response, class Handler>
  void Handle(Service* service,
              void (Base::*request)(grpc::ServerContext*, Request*, grpc::ServerAsyncResponseWriter<Response>*,
                                    grpc::CompletionQueue*, grpc::ServerCompletionQueue*, void*),
              absl::string_view method, Handler handler, Access access = Access::kPermitted) {
    health_->AddService(method.substr(0, method.find('/')));
    Add(service, request, {std::string(method), access, {}, std::move(handler)});
  }

  // As Handle, for a server stream that ends after `max_age`, at most 5 minutes (an old connection waits no longer),
  // whatever deadline its caller set, and when Shutdown begins: with UNAVAILABLE. `handler` is called as
  // async::Task<absl::Status>(const protocol::Call&, const Request&, protocol::Stream<Response>&). A stream counts as a
  // handler at work.
  template <class Service, class Base, class Request, class Response, class Handler>
  void HandleStream(Service* service,
                    void (Base::*request)(grpc::ServerContext*, Request*, grpc::ServerAsyncWriter<Response>*,
                                          grpc::CompletionQueue*, grpc::ServerCompletionQueue*, void*),
                    absl::string_view method, absl::Duration max_age, Handler handler) {
    health_->AddService(method.substr(0, method.find('/')));
    AddService(service);
    auto served = std::make_shared<StreamMethod<Request, Response>>();
    served->name = std::string(method);
    served->max_age = max_age;
    served->handler = std::move(handler);
    served->accept = [service, request](auto* context, auto* message, auto* writer, auto* queue, void* tag) {
      (service->*request)(context, message, writer, queue, queue, tag);
    };
    starters_.emplace_back([this, served] { listening_.loop.Spawn(ServeStream(listening_, *served)); });
  }

  // Records every call and every invalid access attempt in `trail`, which outlives the server; nothing is answered
  // without. Before Start.
  void AuditTo(audit::Trail* trail);

  // Listens and serves. UNAVAILABLE where the address cannot be had.
  absl::Status Start();
  // "host:port" with the port that was given for port 0. After Start.
  [[nodiscard]] const std::string& address() const { return address_; }
  // "client", "inside", "outside", "operators" or "health".
  [[nodiscard]] const std::string& name() const { return name_; }

  // Stops accepting, lets running calls end, cancels them and cuts their waits short after `grace`, and returns when
  // the last handler has ended; one that works on a commit ends with it. Cutting short is the whole loop's: its other
  // listeners stop as well, or have no handlers that wait. Blocks; not on the loop's thread. Once.
  void Shutdown(absl::Duration grace);

 private:
  Server(std::shared_ptr<LoopThread> loop, std::string name, std::string address, std::shared_ptr<Health> health);
  void ServeHealth(Access access);
  void AddService(grpc::Service* service);
  void SetArguments();

  template <class Service, class Base, class Request, class Response>
  void Add(Service* service,
           void (Base::*request)(grpc::ServerContext*, Request*, grpc::ServerAsyncResponseWriter<Response>*,
                                 grpc::CompletionQueue*, grpc::ServerCompletionQueue*, void*),
           Method<Request, Response> method) {
    AddService(service);
    method.accept = [service, request](grpc::ServerContext* context, Request* message,
                                       grpc::ServerAsyncResponseWriter<Response>* writer,
                                       grpc::ServerCompletionQueue* queue,
                                       void* tag) { (service->*request)(context, message, writer, queue, queue, tag); };
    starters_.emplace_back([this, served = std::make_shared<Method<Request, Response>>(std::move(method))] {
      for (int i = 0; i < listening_.slots; ++i) listening_.loop.Spawn(Serve(listening_, *served));
    });
  }

  const std::string name_;
  std::string address_;
  const std::shared_ptr<Health> health_;
  const std::shared_ptr<LoopThread> loop_;
  grpc::ServerBuilder builder_;
  // See StartOn.
  const std::unique_ptr<grpc::ServerCompletionQueue> unused_queue_;
  Listening listening_;
  std::shared_ptr<grpc::ServerCredentials> credentials_;
  bool reflection_ = false;
  int max_message_bytes_ = 64 << 10;
  absl::Duration max_connection_age_ = absl::Minutes(2);
  std::vector<grpc::Service*> services_;
  // The methods that none of them has.
  grpc::AsyncGenericService unknown_;
  std::vector<std::unique_ptr<grpc::Service>> own_services_;
  std::vector<absl::AnyInvocable<void()>> starters_;
  std::unique_ptr<grpc::Server> server_;
  bool running_ = false;
};

}  // namespace mcmig::rpc

#endif  // COMMON_RPC_SERVER_H_
