#ifndef COMMON_RPC_INCOMING_CALL_H_
#define COMMON_RPC_INCOMING_CALL_H_

#include <grpcpp/grpcpp.h>

#include <coroutine>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "common/async/cancel.h"
#include "common/bulkhead/budget.h"
#include "common/protocol/call.h"
#include "common/protocol/call_note.h"
#include "common/rpc/call_metrics.h"
#include "common/rpc/event.h"
#include "common/rpc/listening.h"

namespace mcmig::rpc {

// Who may call a method.
enum class Access {
  kPermitted,  // whom the permission table lets, while there is room
  kShare,      // the same; and beyond, by the emergency share, for a handler that heeds Call::emergency_only
  kUncounted,  // the same, without taking room or waiting for it
  kAnyone,     // whoever reaches the listener
};

inline bool TakesRoom(Access access) { return access == Access::kPermitted || access == Access::kShare; }

// One incoming call, from before it is accepted until gRPC is done with it. The transport's side of protocol::Call.
class IncomingCall {
 public:
  explicit IncomingCall(Listening& listening);
  IncomingCall(const IncomingCall&) = delete;
  IncomingCall& operator=(const IncomingCall&) = delete;
  ~IncomingCall();

  [[nodiscard]] grpc::ServerContext& context() { return context_; }
  [[nodiscard]] Listening& listening() { return listening_; }
  [[nodiscard]] const protocol::Call& call() const { return call_; }
  [[nodiscard]] async::CancelSignal& cancel() { return cancel_; }
  // Whether the longest time for it ends this call before the caller's deadline does.
  [[nodiscard]] bool shortened() const { return shortened_; }

  // For an accepted call, which may take `longest`: identifies the peer, asks the permission table, and admits.
  // UNAUTHENTICATED, PERMISSION_DENIED, RESOURCE_EXHAUSTED with a hint; the texts are fixed.
  absl::Status Begin(absl::string_view method, Access access, absl::Duration longest);
  // The status the call is answered with, as this listener's callers may see it: once, where Begin was called.
  grpc::Status End(const absl::Status& status);

  // co_await call.done(): gRPC has forgotten an accepted call; to be awaited after its reply was sent.
  class Done final : private Event {
   public:
    explicit Done(IncomingCall& call) : call_(call) {}
    [[nodiscard]] bool await_ready() const noexcept { return done_; }
    void await_suspend(std::coroutine_handle<> waiter) noexcept { waiter_ = waiter; }
    void await_resume() const noexcept {}

   private:
    friend class IncomingCall;
    void Complete(bool ok) override;
    IncomingCall& call_;
    std::coroutine_handle<> waiter_;
    bool done_ = false;
  };
  [[nodiscard]] Done& done() { return done_; }

 private:
  absl::Status Enter(absl::string_view method, Access access);
  absl::Status Permit(absl::string_view method);
  absl::Status Admit(Access access);
  std::optional<absl::Duration> TakeOrdinaryRoom(absl::Time now);  // nothing: taken
  bool TakeEmergencyShare(absl::Time now);                         // true: taken
  void ReadMetadata();

  Listening& listening_;
  grpc::ServerContext context_;
  protocol::Call call_;
  protocol::CallNote note_;
  async::CancelSignal cancel_;
  CallTimer timer_;
  bool admitted_ = false;
  bulkhead::Budget* budget_ = nullptr;  // where it takes of its MC system's
  bool shortened_ = false;
  Done done_{*this};
};

}  // namespace mcmig::rpc

#endif  // COMMON_RPC_INCOMING_CALL_H_
