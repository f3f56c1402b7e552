#ifndef COMMON_BULKHEAD_PEER_SERVER_H_
#define COMMON_BULKHEAD_PEER_SERVER_H_

#include <cstdint>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/async/mutex.h"
#include "common/bulkhead/budget.h"
#include "common/bulkhead/circuit_breaker.h"
#include "common/identity/peer.h"
#include "common/ops/metrics.h"
#include "mcmig/config/v1/common.pb.h"

namespace mcmig::bulkhead {

// For calls that come in from the MC system with these limits, on each listener.
Room IncomingRoom(const config::v1::PeerLimits& limits);

// What calls to one server of another MC system may take of this process: how many are at work at once, how long each
// may take, and whether it is worth asking at all. So one MC system that stalls costs the others nothing. Thread-safe.
class PeerServer {
 public:
  // The server at `address`, which the system table has as the system's `entry`: "entry" or "visitors_entry".
  struct Name {
    identity::SystemName system;
    std::string entry;
    std::string address;
  };
  // `metrics`, where null: nowhere; outlives it.
  PeerServer(Name name, const config::v1::PeerLimits& limits, ops::Metrics* metrics);
  PeerServer(const PeerServer&) = delete;
  PeerServer& operator=(const PeerServer&) = delete;

  // One call, as long as it lives. Ends as one that says nothing of the server, unless End was called.
  class Passage {
   public:
    Passage(const Passage&) = delete;
    Passage& operator=(const Passage&) = delete;
    Passage(Passage&& from) noexcept
        : server_(from.server_), budget_(from.budget_), breaker_(from.breaker_), began_(from.began_) {
      from.server_ = nullptr;
    }
    Passage& operator=(Passage&&) = delete;
    ~Passage() {
      if (server_ != nullptr) server_->Leave(budget_, breaker_, CircuitBreaker::Result::kNeither, began_);
    }
    // How the call went, at `now`. UNAVAILABLE is a failure; DEADLINE_EXCEEDED, too, if the call had a second or all
    // the time that one may take: else whoever has no time to wait would cut off everybody.
    void End(absl::StatusCode code, absl::Time now);

   private:
    friend class PeerServer;
    Passage(PeerServer& server, Budget* budget, CircuitBreaker::Passage breaker, absl::Time began)
        : server_(&server), budget_(budget), breaker_(breaker), began_(began) {}
    PeerServer* server_;
    Budget* budget_;  // what it takes of; its server's
    CircuitBreaker::Passage breaker_;
    absl::Time began_;
  };

  // UNAVAILABLE while the server is not asked; RESOURCE_EXHAUSTED, with a hint, while too many calls are at work:
  // nothing is sent then. `priority_user`: then there is the emergency share beyond. The texts name nothing.
  absl::StatusOr<Passage> Enter(absl::Time now, bool priority_user = false) ABSL_LOCKS_EXCLUDED(mutex_);
  // The longest that a call may take.
  [[nodiscard]] absl::Duration longest_call() const { return longest_call_; }

  [[nodiscard]] const Name& name() const { return name_; }
  struct Now {
    uint64_t in_flight = 0;
    bool open = false;  // not asked, but for a probe now and then
  };
  [[nodiscard]] Now Look() const ABSL_LOCKS_EXCLUDED(mutex_);
  // Asks it again at once. By an operator.
  void Reset() ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  void Leave(Budget* budget, const CircuitBreaker::Passage& passage, CircuitBreaker::Result result, absl::Time now)
      ABSL_LOCKS_EXCLUDED(mutex_);

  const Name name_;
  const absl::Duration longest_call_;
  ops::Gauge opened_;
  ops::Counter refused_open_;
  ops::Counter refused_full_;
  ops::Counter emergency_;
  mutable async::Mutex mutex_;
  Room room_ ABSL_GUARDED_BY(mutex_);
  CircuitBreaker breaker_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace mcmig::bulkhead

#endif  // COMMON_BULKHEAD_PEER_SERVER_H_
