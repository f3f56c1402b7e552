#ifndef COMMON_RPC_STREAM_METHOD_H_
#define COMMON_RPC_STREAM_METHOD_H_

#include <glog/logging.h>
#include <grpcpp/grpcpp.h>
#include <grpcpp/support/async_stream.h>

#include <exception>
#include <functional>
#include <string>
#include <typeinfo>
#include <utility>

#include "absl/status/status.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "common/async/cancel.h"
#include "common/async/executor.h"
#include "common/async/task.h"
#include "common/protocol/call.h"
#include "common/protocol/stream.h"
#include "common/rpc/call_audit.h"
#include "common/rpc/event.h"
#include "common/rpc/incoming_call.h"
#include "common/rpc/loop.h"

namespace mcmig::rpc {

// One server-streaming method of a listener.
template <class Request, class Response>
struct StreamMethod {
  // "mcmig.v1.MigrationDirectory/WatchMigrations"
  std::string name;
  // How long a stream may last.
  absl::Duration max_age;
  // Asks gRPC for the next call of the method.
  std::function<void(grpc::ServerContext*, Request*, grpc::ServerAsyncWriter<Response>*, grpc::ServerCompletionQueue*,
                     void* tag)>
      accept;
  std::function<async::Task<absl::Status>(const protocol::Call&, const Request&, protocol::Stream<Response>&)> handler;
  // Slots that wait for a call. The loop's thread.
  int waiting = 0;
};

// The messages of one call, and its end: what the handler says, unless the stream was ended by its age or its listener.
template <class Response>
class Streaming final : public protocol::Stream<Response>, private async::CancelSignal::Listener, private async::Timer {
 public:
  explicit Streaming(IncomingCall& call) : call_(call), writer_(&call.context()) {}
  ~Streaming() override = default;

  [[nodiscard]] grpc::ServerAsyncWriter<Response>* writer() { return &writer_; }
  // From here on it ends at the call's deadline, and when the listener drains.
  void Begin() {
    call_.listening().loop.StartTimer(this, call_.call().deadline);
    Join(call_.listening().draining);
  }
  async::Task<bool> Write(const Response& message) override {
    if (call_.cancel().cancelled()) co_return false;
    writing_ = true;
    Operation write([&](void* tag) { writer_.Write(message, tag); });
    const bool written = co_await write;
    writing_ = false;
    co_return written && !call_.cancel().cancelled();
  }
  // Done when the caller has been told, or has gone.
  async::Task<> Finish(absl::Status status) {
    Leave();
    call_.listening().loop.StopTimer(this);
    const grpc::Status told = call_.End(ended_.ok() ? status : ended_);
    Operation finish([&](void* tag) { writer_.Finish(told, tag); });
    [[maybe_unused]] const bool sent = co_await finish;
  }

 private:
  // For a message on its way when the stream ends.
  static constexpr absl::Duration kLastWrite = absl::Seconds(1);

  void OnCancel() override { End("this server ends; call another one"); }
  void Fire(bool reached) override {
    if (!ended_.ok()) {
      // Whoever does not read cannot be told either.
      if (writing_) call_.context().TryCancel();
    } else if (reached) {
      End("the longest time of a stream has passed; call again");
    }
  }
  void End(const char* why) {
    if (!ended_.ok()) return;
    ended_ = absl::UnavailableError(why);
    if (writing_) {
      call_.listening().loop.StopTimer(this);
      call_.listening().loop.StartTimer(this, absl::Now() + kLastWrite);
    }
    call_.cancel().Cancel();
  }

  IncomingCall& call_;
  grpc::ServerAsyncWriter<Response> writer_;
  bool writing_ = false;
  absl::Status ended_;
};

// Takes calls of one method, one after another; starts another slot when none is waiting and ends when one is.
template <class Request, class Response>
async::Task<> ServeStream(Listening& listening, StreamMethod<Request, Response>& method) {
  const Serving serving(listening);
  Request request;
  do {
    request.Clear();
    IncomingCall call(listening);
    Streaming<Response> stream(call);
    ++method.waiting;
    Operation accept(
        [&](void* tag) { method.accept(&call.context(), &request, stream.writer(), listening.loop.queue(), tag); });
    const bool accepted = co_await accept;
    --method.waiting;
    if (!accepted) co_return;
    if (method.waiting == 0 && !listening.stopping) listening.loop.Spawn(ServeStream(listening, method));
    absl::Status ended = call.Begin(method.name, Access::kPermitted, method.max_age);
    if (listening.audit != nullptr) ended = co_await AuditBegin(call, method.name, /*stream=*/true, request, ended);
    if (ended.ok()) {
      stream.Begin();
      try {
        ended = co_await method.handler(call.call(), request, stream);
      } catch (const std::exception& error) {
        // Its text could hold anything, so that only its type is logged.
        LOG(ERROR) << method.name << " ended with exception " << typeid(error).name();
        ended = absl::InternalError("exception");
      }
      if (listening.audit != nullptr) {
        const absl::Status recorded = co_await AuditEnd(call, method.name, request, ended, nullptr);
        if (!recorded.ok()) ended = recorded;
      }
    }
    co_await stream.Finish(ended);
    co_await call.done();
  } while (method.waiting == 0 && !listening.stopping);
}

}  // namespace mcmig::rpc

#endif  // COMMON_RPC_STREAM_METHOD_H_
