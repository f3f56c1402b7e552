#include "common/rpc/shared_queue.h"

#include <grpc/grpc.h>

namespace mcmig::rpc {
namespace {

// Of the server that this thread is starting.
thread_local grpc::ServerCompletionQueue* starting_on = nullptr;

// gRPC calls this between a server's making, when it can be given queues, and its start, when it no longer can.
class RegisterQueue final : public grpc::Server::GlobalCallbacks {
 public:
  void PreSynchronousRequest(grpc::ServerContext* /*context*/) override {}
  void PostSynchronousRequest(grpc::ServerContext* /*context*/) override {}
  void PreServerStart(grpc::Server* server) override {
    if (starting_on == nullptr) return;  // a server that is none of ours
    grpc_server_register_completion_queue(server->c_server(), starting_on->cq(), nullptr);
  }
};

}  // namespace

std::unique_ptr<grpc::ServerCompletionQueue> MakeSharedQueue() { return grpc::ServerBuilder().AddCompletionQueue(); }

std::unique_ptr<grpc::Server> StartOn(grpc::ServerBuilder& builder, grpc::ServerCompletionQueue& queue) {
  // gRPC keeps it to the end of the process.
  [[maybe_unused]] static const bool registered = [] {
    grpc::Server::SetGlobalCallbacks(new RegisterQueue);
    return true;
  }();
  starting_on = &queue;
  std::unique_ptr<grpc::Server> server = builder.BuildAndStart();
  starting_on = nullptr;
  return server;
}

}  // namespace mcmig::rpc
