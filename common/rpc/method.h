#ifndef COMMON_RPC_METHOD_H_
#define COMMON_RPC_METHOD_H_

#include <glog/logging.h>
#include <grpcpp/grpcpp.h>
#include <grpcpp/support/async_unary_call.h>

#include <coroutine>
#include <exception>
#include <functional>
#include <string>
#include <typeinfo>
#include <utility>

#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/async/executor.h"
#include "common/async/task.h"
#include "common/protocol/call.h"
#include "common/rpc/call_audit.h"
#include "common/rpc/event.h"
#include "common/rpc/incoming_call.h"
#include "common/rpc/loop.h"

namespace mcmig::rpc {

// One unary method of a listener.
template <class Request, class Response>
struct Method {
  // "mcmig.v1.PrimaryMcServiceServer/AuthorizeMigration"
  std::string name;
  Access access = Access::kPermitted;
  // Asks gRPC for the next call of the method.
  std::function<void(grpc::ServerContext*, Request*, grpc::ServerAsyncResponseWriter<Response>*,
                     grpc::ServerCompletionQueue*, void* tag)>
      accept;
  std::function<async::Task<absl::StatusOr<Response>>(const protocol::Call&, const Request&)> handler;
  // Slots that wait for a call. The loop's thread.
  int waiting = 0;
};

// The answer to one call: the first that is sent goes out. `co_await reply` waits until it is out.
template <class Response>
class [[nodiscard]] Reply final : private Event, private async::Timer {
 public:
  explicit Reply(IncomingCall& call) : call_(call), writer_(&call.context()) {}

  [[nodiscard]] grpc::ServerAsyncResponseWriter<Response>* writer() { return &writer_; }
  // At the call's deadline, cancels the handler and answers for it, whether it ends or not.
  void FailAtDeadline() { call_.listening().loop.StartTimer(this, call_.call().deadline); }
  void Send(const absl::StatusOr<Response>& answer) {
    if (sent_) return;
    sent_ = true;
    call_.listening().loop.StopTimer(this);
    const grpc::Status status = call_.End(answer.status());
    if (answer.ok()) {
      writer_.Finish(*answer, status, tag());
    } else {
      writer_.FinishWithError(status, tag());
    }
  }

  [[nodiscard]] bool await_ready() const noexcept { return out_; }
  void await_suspend(std::coroutine_handle<> waiter) noexcept { waiter_ = waiter; }
  void await_resume() const noexcept {}

 private:
  void Fire(bool reached) override {
    if (!reached) return;  // the listener is stopping: gRPC has cancelled the call
    Send(absl::DeadlineExceededError("the listener's longest time for a call has passed"));
    call_.cancel().Cancel();
  }
  void Complete(bool /*ok*/) override {
    out_ = true;
    if (waiter_) waiter_.resume();
  }

  IncomingCall& call_;
  grpc::ServerAsyncResponseWriter<Response> writer_;
  std::coroutine_handle<> waiter_;
  bool sent_ = false;
  bool out_ = false;
};

// Takes calls of one method, one after another; starts another slot when few are waiting and ends when many are.
template <class Request, class Response>
async::Task<> Serve(Listening& listening, Method<Request, Response>& method) {
  const Serving serving(listening);
  Request request;
  do {
    request.Clear();
    IncomingCall call(listening);
    Reply<Response> reply(call);
    ++method.waiting;
    Operation accept(
        [&](void* tag) { method.accept(&call.context(), &request, reply.writer(), listening.loop.queue(), tag); });
    const bool accepted = co_await accept;
    --method.waiting;
    if (!accepted) co_return;
    if (method.waiting < listening.slots / 2 && !listening.stopping) {
      listening.loop.Spawn(Serve(listening, method));
    }
    absl::StatusOr<Response> answer;
    absl::Status begun = call.Begin(method.name, method.access, listening.max_deadline);
    const bool audited = listening.audit != nullptr && (TakesRoom(method.access) || !begun.ok());
    if (audited) begun = co_await AuditBegin(call, method.name, /*stream=*/false, request, begun);
    if (!begun.ok()) {
      answer = begun;
    } else {
      if (call.shortened()) reply.FailAtDeadline();
      try {
        answer = co_await method.handler(call.call(), request);
      } catch (const std::exception& error) {
        // Its text could hold anything, so that only its type is logged.
        LOG(ERROR) << method.name << " ended with exception " << typeid(error).name();
        answer = absl::InternalError("exception");
      }
      if (audited) {
        const absl::Status recorded =
            co_await AuditEnd(call, method.name, request, answer.status(), answer.ok() ? &*answer : nullptr);
        if (!recorded.ok()) answer = recorded;
      }
    }
    reply.Send(answer);
    co_await reply;
    co_await call.done();
  } while (method.waiting < listening.slots && !listening.stopping);
}

}  // namespace mcmig::rpc

#endif  // COMMON_RPC_METHOD_H_
