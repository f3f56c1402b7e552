#ifndef TESTS_SIMULATION_NETWORK_H_
#define TESTS_SIMULATION_NETWORK_H_

#include <functional>
#include <memory>
#include <set>
#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/async/task.h"
#include "common/identity/peer.h"
#include "common/protocol/call.h"
#include "tests/simulation/process.h"
#include "tests/simulation/run.h"

namespace mcmig::simulation {

// A connection from one process to a service of another, mutually authenticated. Both outlive the world's calls.
struct Link {
  Process* from = nullptr;
  Process* to = nullptr;
  // Of `to`.
  identity::Listener listener = identity::Listener::kInside;
  std::string service;  // "mcmig.v1.PrimaryMcServiceServer"
};

// What carries every message of the simulated world, as bytes, and does to it what `Run::faults` say: delays, drops,
// duplicates and resets it; and the partitions between MC systems. One thread.
class Network {
 public:
  // One request that was answered, as its server answered it; `arrived` is when the request did, in true time.
  struct Answered {
    const Link& link;
    const std::string& method;
    const std::string& request;
    const absl::StatusOr<std::string>& answer;
    absl::Time arrived;
  };
  using Observer = std::function<void(const Answered&)>;

  Network(Run& run, Observer observer) : run_(run), observer_(std::move(observer)) {}

  // One call of `method` ("AuthorizeMigration"), as rpc::Channel makes it: within call.deadline and until call.cancel.
  // The link outlives the world.
  async::Task<absl::StatusOr<std::string>> Ask(const Link& link, const protocol::Call& call, std::string method,
                                               std::string request);

  // Nothing goes between the two systems while they are apart.
  void Part(const identity::SystemName& one, const identity::SystemName& other) { parted_.insert(Pair(one, other)); }
  void Join(const identity::SystemName& one, const identity::SystemName& other) { parted_.erase(Pair(one, other)); }
  void JoinAll() { parted_.clear(); }
  [[nodiscard]] bool Parted(const identity::SystemName& one, const identity::SystemName& other) const {
    return parted_.contains(Pair(one, other));
  }
  [[nodiscard]] size_t parted() const { return parted_.size(); }
  // Requests that were sent and not yet answered or given up.
  [[nodiscard]] size_t waiting() const { return waiting_; }

 private:
  struct Exchange;
  class Answer;
  class Served;
  using Systems = std::pair<identity::SystemName, identity::SystemName>;

  static Systems Pair(const identity::SystemName& one, const identity::SystemName& other) {
    return one < other ? Systems(one, other) : Systems(other, one);
  }
  [[nodiscard]] bool Parted(const Link& link) const { return Parted(link.from->system(), link.to->system()); }
  absl::Duration Delay();
  void Send(const std::shared_ptr<Exchange>& exchange);
  void Arrive(const std::shared_ptr<Exchange>& exchange);
  async::Task<> Serve(std::shared_ptr<Exchange> exchange);
  async::Task<absl::StatusOr<std::string>> Handle(const Exchange& exchange, const protocol::Call& call);
  void Respond(const std::shared_ptr<Exchange>& exchange, absl::StatusOr<std::string> answer);
  // The answer, or the end of waiting for one, reaches who waits.
  void Receive(const std::shared_ptr<Exchange>& exchange, const absl::StatusOr<std::string>& answer);
  // As Receive, after a while.
  void Break(const std::shared_ptr<Exchange>& exchange, absl::Status status);
  // Nobody waits any more: who serves it may hear so.
  void GiveUp(const std::shared_ptr<Exchange>& exchange);

  Run& run_;
  const Observer observer_;
  std::set<Systems> parted_;
  size_t waiting_ = 0;
};

}  // namespace mcmig::simulation

#endif  // TESTS_SIMULATION_NETWORK_H_
