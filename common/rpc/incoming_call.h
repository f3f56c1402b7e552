#ifndef COMMON_RPC_INCOMING_CALL_H_
#define COMMON_RPC_INCOMING_CALL_H_

#include <grpcpp/grpcpp.h>

#include <coroutine>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/functional/any_invocable.h"
#include "absl/random/random.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/async/cancel.h"
#include "common/bulkhead/budget.h"
#include "common/identity/peer.h"
#include "common/protocol/call.h"
#include "common/protocol/call_note.h"
#include "common/rpc/call_metrics.h"
#include "common/rpc/event.h"
#include "common/rpc/loop.h"
#include "common/rpc/refused_handshakes.h"

namespace mcmig::audit {
class Trail;
}

namespace mcmig::rpc {

// What the calls of one listener have in common. Used on its loop's thread once it is listening.
struct Listening {
  explicit Listening(Loop& on) : loop(on) {}

  Loop& loop;
  identity::Listener kind = identity::Listener::kOutside;
  // Who is at the other end of a connection; UNAUTHENTICATED where nobody known is.
  std::function<absl::StatusOr<identity::Peer>(const grpc::AuthContext&)> identify;
  absl::Duration max_deadline = absl::Seconds(10);
  // Handlers at work at once, over all methods.
  size_t max_in_flight = 1024;
  // Requests posted per method. No limit on concurrency: a listener with few waiting posts more.
  int slots = 16;

  size_t in_flight = 0;  // of these
  // Beyond them, for priority users (protocol::Call::emergency_only).
  bulkhead::Budget emergency{{.max_in_flight = 64, .per_second = 0}};
  // What each MC system may take of this listener; those without one, and the own one, as much as there is.
  absl::flat_hash_map<identity::SystemName, bulkhead::Room> rooms;
  // Cancelled when the listener begins to shut down: streams end then, calls go on.
  async::CancelSignal draining;
  // Coroutines that take calls, and whether they are to go on.
  size_t serving = 0;
  bool stopping = false;
  // Called when the last of them has ended, once.
  absl::AnyInvocable<void()> idle;
  absl::BitGen random;
  ListenerMetrics metrics;
  // Where calls are recorded; null: nowhere.
  audit::Trail* audit = nullptr;
  // Null where there are none: in plain text.
  std::shared_ptr<RefusedHandshakes> refused_handshakes;
};

// Counts one coroutine that takes calls, as long as it lives.
class Serving {
 public:
  explicit Serving(Listening& listening) : listening_(listening) { ++listening_.serving; }
  Serving(const Serving&) = delete;
  Serving& operator=(const Serving&) = delete;
  ~Serving() {
    if (--listening_.serving == 0 && listening_.idle != nullptr) std::exchange(listening_.idle, nullptr)();
  }

 private:
  Listening& listening_;
};

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
