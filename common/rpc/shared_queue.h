#ifndef COMMON_RPC_SHARED_QUEUE_H_
#define COMMON_RPC_SHARED_QUEUE_H_

#include <grpcpp/grpcpp.h>

#include <memory>

namespace mcmig::rpc {

// A completion queue that several servers can accept their calls on. Of no server yet.
std::unique_ptr<grpc::ServerCompletionQueue> MakeSharedQueue();

// builder.BuildAndStart() with `queue` among the server's queues; null where the server cannot start. gRPC's own way
// to share a queue ends at its C++ interface, where a queue belongs to the builder of one server (docs/adr/0004).
//
// `builder` has added a queue of its own, which is neither polled nor used, outlives the server, and only satisfies the
// builder. Any thread. The first call in a process must precede any other gRPC server in it.
std::unique_ptr<grpc::Server> StartOn(grpc::ServerBuilder& builder, grpc::ServerCompletionQueue& queue);

}  // namespace mcmig::rpc

#endif  // COMMON_RPC_SHARED_QUEUE_H_
