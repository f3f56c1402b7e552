#ifndef COMMON_RPC_BIND_H_
#define COMMON_RPC_BIND_H_

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/async/task.h"
#include "common/protocol/call.h"
#include "common/protocol/stream.h"

namespace mcmig::rpc {

// `method` of `handler`, which outlives the server, for Server::Handle.
template <class Handler, class Request, class Response>
auto Bind(Handler& handler,
          async::Task<absl::StatusOr<Response>> (Handler::*method)(const protocol::Call&, const Request&)) {
  return [&handler, method](const protocol::Call& call, const Request& request) {
    return (handler.*method)(call, request);
  };
}

template <class Handler, class Request, class Response>
auto Bind(const Handler& handler,
          async::Task<absl::StatusOr<Response>> (Handler::*method)(const protocol::Call&, const Request&) const) {
  return [&handler, method](const protocol::Call& call, const Request& request) {
    return (handler.*method)(call, request);
  };
}

// The same for Server::HandleStream.
template <class Handler, class Request, class Response>
auto BindStream(Handler& handler, async::Task<absl::Status> (Handler::*method)(const protocol::Call&, const Request&,
                                                                               protocol::Stream<Response>&)) {
  return [&handler, method](const protocol::Call& call, const Request& request, protocol::Stream<Response>& stream) {
    return (handler.*method)(call, request, stream);
  };
}

}  // namespace mcmig::rpc

#endif  // COMMON_RPC_BIND_H_
