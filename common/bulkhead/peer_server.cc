#include "common/bulkhead/peer_server.h"

#include <glog/logging.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "common/protocol/pushback.h"

namespace mcmig::bulkhead {
namespace {

constexpr ops::Family kOpen{"mcmig_peer_server_paused",
                            "1 while a server of another MC system is not asked because it did not answer."};
constexpr ops::Family kEmergency{"mcmig_peer_server_emergency_total",
                                 "Calls to a server of another MC system that the emergency share let out."};
constexpr ops::Family kRefused{"mcmig_peer_server_refused_total",
                               "Calls to a server of another MC system that were not sent, by reason."};
// A call that had so much time and got no answer says something of the server.
constexpr absl::Duration kTimeEnough = absl::Seconds(1);

absl::Duration ToDuration(const google::protobuf::Duration& duration) {
  return absl::Seconds(duration.seconds()) + absl::Nanoseconds(duration.nanos());
}

constexpr size_t kEmergencyInFlight = 16;
constexpr double kEmergencyPerSecond = 200;

BudgetLimits EmergencyLimits(const config::v1::PeerLimits& limits) {
  BudgetLimits budget{.max_in_flight = kEmergencyInFlight, .per_second = 0};
  if (limits.max_emergency_in_flight() > 0) budget.max_in_flight = limits.max_emergency_in_flight();
  return budget;
}

// The share has no rate: here it is known already who is a priority user.
Room OutgoingRoom(const config::v1::PeerLimits& limits) {
  BudgetLimits ordinary;
  if (limits.max_outgoing() > 0) ordinary.max_in_flight = limits.max_outgoing();
  return {.ordinary = Budget(ordinary), .emergency = Budget(EmergencyLimits(limits))};
}

BreakerLimits BreakerLimitsOf(const config::v1::PeerLimits& limits) {
  BreakerLimits breaker;
  if (limits.failures_until_pause() > 0) breaker.failures = static_cast<int>(limits.failures_until_pause());
  if (limits.has_first_pause()) breaker.first_pause = ToDuration(limits.first_pause());
  breaker.longest_pause = std::max(breaker.longest_pause, breaker.first_pause);
  return breaker;
}

}  // namespace

Room IncomingRoom(const config::v1::PeerLimits& limits) {
  BudgetLimits ordinary;
  if (limits.max_incoming() > 0) ordinary.max_in_flight = limits.max_incoming();
  ordinary.per_second = limits.incoming_per_second();
  BudgetLimits emergency = EmergencyLimits(limits);
  emergency.per_second = limits.emergency_per_second() > 0 ? limits.emergency_per_second() : kEmergencyPerSecond;
  return {.ordinary = Budget(ordinary), .emergency = Budget(emergency)};
}

PeerServer::PeerServer(Name name, const config::v1::PeerLimits& limits, ops::Metrics* metrics)
    : name_(std::move(name)),
      longest_call_(limits.has_longest_call() ? ToDuration(limits.longest_call()) : absl::Seconds(5)),
      room_(OutgoingRoom(limits)),
      breaker_(BreakerLimitsOf(limits)) {
  if (metrics == nullptr) return;
  const ops::Labels server{{"target_system", name_.system}, {"entry", name_.entry}};
  const auto because = [&server](const char* reason) {
    ops::Labels labels = server;
    labels["reason"] = reason;
    return labels;
  };
  opened_ = metrics->AddGauge(kOpen, server);
  refused_open_ = metrics->AddCounter(kRefused, because("open"));
  refused_full_ = metrics->AddCounter(kRefused, because("full"));
  emergency_ = metrics->AddCounter(kEmergency, server);
}

absl::StatusOr<PeerServer::Passage> PeerServer::Enter(absl::Time now, bool priority_user) {
  const async::MutexLock lock(mutex_);
  Budget* budget = &room_.ordinary;
  if (const std::optional<absl::Duration> wait = budget->Enter(now); wait.has_value()) {
    budget = &room_.emergency;
    if (!priority_user || budget->Enter(now).has_value()) {
      refused_full_.Add();
      return protocol::ResourceExhausted("too many calls for the next hop", *wait);
    }
  }
  const std::optional<CircuitBreaker::Passage> passage = breaker_.Enter(now);
  if (!passage.has_value()) {
    budget->Leave();
    refused_open_.Add();
    return absl::UnavailableError("the next hop is unavailable");
  }
  if (budget == &room_.emergency) emergency_.Add();
  return Passage(*this, budget, *passage, now);
}

void PeerServer::Passage::End(absl::StatusCode code, absl::Time now) {
  const bool had_time = now - began_ >= std::min(kTimeEnough, server_->longest_call_);
  auto result = CircuitBreaker::Result::kAnswered;
  if (code == absl::StatusCode::kUnavailable) result = CircuitBreaker::Result::kFailed;
  if (code == absl::StatusCode::kDeadlineExceeded) {
    result = had_time ? CircuitBreaker::Result::kFailed : CircuitBreaker::Result::kNeither;
  }
  if (code == absl::StatusCode::kCancelled) result = CircuitBreaker::Result::kNeither;
  std::exchange(server_, nullptr)->Leave(budget_, breaker_, result, now);
}

void PeerServer::Leave(Budget* budget, const CircuitBreaker::Passage& passage, CircuitBreaker::Result result,
                       absl::Time now) {
  bool before = false;
  bool after = false;
  {
    const async::MutexLock lock(mutex_);
    budget->Leave();
    before = breaker_.open();
    breaker_.Leave(passage, result, now);
    after = breaker_.open();
  }
  if (before == after) return;
  opened_.Set(after ? 1 : 0);
  LOG(WARNING) << "the " << name_.entry << " of MC system " << name_.system
               << (after ? " does not answer, and is only probed until it does" : " answers again");
}

PeerServer::Now PeerServer::Look() const {
  const async::MutexLock lock(mutex_);
  return {.in_flight = room_.ordinary.in_flight() + room_.emergency.in_flight(), .open = breaker_.open()};
}

void PeerServer::Reset() {
  const async::MutexLock lock(mutex_);
  breaker_.Reset();
  opened_.Set(0);
}

}  // namespace mcmig::bulkhead
