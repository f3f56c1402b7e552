#ifndef COMMON_RPC_LISTENING_H_
#define COMMON_RPC_LISTENING_H_

#include <grpcpp/grpcpp.h>

#include <cstddef>
#include <functional>
#include <memory>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/functional/any_invocable.h"
#include "absl/random/random.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/async/cancel.h"
#include "common/bulkhead/budget.h"
#include "common/identity/peer.h"
#include "common/rpc/call_metrics.h"
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

}  // namespace mcmig::rpc

#endif  // COMMON_RPC_LISTENING_H_
