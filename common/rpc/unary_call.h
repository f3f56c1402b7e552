#ifndef COMMON_RPC_UNARY_CALL_H_
#define COMMON_RPC_UNARY_CALL_H_

#include <grpcpp/grpcpp.h>
#include <grpcpp/support/async_unary_call.h>

#include <coroutine>
#include <memory>
#include <utility>

#include "common/async/cancel.h"
#include "common/rpc/event.h"

namespace mcmig::rpc {

// One outgoing unary call on a loop: `grpc::Status status = co_await call;`
//
// Ends when the answer is there, the context's deadline has passed or `cancel` (may be null) is cancelled. What the
// constructor takes outlives the call; `prepare` is a stub's PrepareAsync method for the loop's queue.
template <class Response>
class [[nodiscard]] UnaryCall final : private Event, private async::CancelSignal::Listener {
 public:
  template <class Prepare>
  UnaryCall(grpc::ClientContext& context, Response* response, async::CancelSignal* cancel, Prepare&& prepare)
      : context_(context), response_(response), cancel_(cancel), reader_(std::forward<Prepare>(prepare)(&context)) {}

  [[nodiscard]] bool await_ready() const noexcept { return false; }
  void await_suspend(std::coroutine_handle<> waiter) {
    waiter_ = waiter;
    reader_->StartCall();
    reader_->Finish(response_, &status_, tag());
    if (cancel_ != nullptr) Join(*cancel_);
  }
  grpc::Status await_resume() { return std::move(status_); }

 private:
  // Finish always succeeds: how the call went is in the status.
  void Complete(bool /*ok*/) override {
    Leave();
    waiter_.resume();
  }
  void OnCancel() override { context_.TryCancel(); }

  grpc::ClientContext& context_;
  Response* const response_;
  async::CancelSignal* const cancel_;
  const std::unique_ptr<grpc::ClientAsyncResponseReader<Response>> reader_;
  std::coroutine_handle<> waiter_;
  grpc::Status status_;
};

}  // namespace mcmig::rpc

#endif  // COMMON_RPC_UNARY_CALL_H_
