#include "common/config/defaults.h"

#include <cstdint>

#include "common/token/grant_in_tree.h"

namespace mcmig::config {
namespace {

constexpr uint32_t kMaxInFlight = 1'024;
constexpr uint32_t kMaxEmergencyInFlight = 64;
constexpr int64_t kMaxDeadlineSeconds = 10;
constexpr int64_t kMaxConnectionAgeSeconds = 120;
constexpr int64_t kDrainGraceSeconds = 10;
constexpr int64_t kReplayWindowSeconds = 600;
constexpr int64_t kClockSkewSeconds = 30;
constexpr int64_t kReconcileIntervalSeconds = 300;
constexpr int64_t kOrphanGraceSeconds = 60;
constexpr uint32_t kMaxWatchers = 16;
constexpr int64_t kHeartbeatSeconds = 10;
constexpr int64_t kMaxWatchAgeSeconds = 240;
constexpr uint64_t kSegmentBytes = uint64_t{64} << 20;

void Complete(v1::Listener& listener) {
  if (listener.max_in_flight() == 0) listener.set_max_in_flight(kMaxInFlight);
  if (listener.max_emergency_in_flight() == 0) listener.set_max_emergency_in_flight(kMaxEmergencyInFlight);
  if (!listener.has_max_deadline()) listener.mutable_max_deadline()->set_seconds(kMaxDeadlineSeconds);
  if (!listener.has_max_connection_age()) listener.mutable_max_connection_age()->set_seconds(kMaxConnectionAgeSeconds);
}

// What every process has.
template <class Config>
void CompleteProcess(Config& config) {
  if (!config.has_drain_grace()) config.mutable_drain_grace()->set_seconds(kDrainGraceSeconds);
  if (config.has_audit() && config.audit().max_segment_bytes() == 0) {
    config.mutable_audit()->set_max_segment_bytes(kSegmentBytes);
  }
}

template <class Config>
void CompleteBorderListeners(Config& config) {
  if (config.has_inside_listener()) Complete(*config.mutable_inside_listener());
  if (config.has_outside_listener()) Complete(*config.mutable_outside_listener());
}

template <class Config>
void CompleteOperatorsListener(Config& config) {
  if (config.has_operators_listener()) Complete(*config.mutable_operators_listener());
}

}  // namespace

void ApplyDefaults(v1::ClientAgentConfig& config) {
  Complete(*config.mutable_client_listener());
  CompleteProcess(config);
}

void ApplyDefaults(v1::PartnerServerConfig& config) {
  Complete(*config.mutable_client_listener());
  CompleteBorderListeners(config);
  CompleteOperatorsListener(config);
  // Written down as zero, so that nobody has to ask whether it is there.
  config.mutable_access_tokens()->mutable_leeway();
  if (!config.has_clock_skew()) config.mutable_clock_skew()->set_seconds(kClockSkewSeconds);
  if (!config.has_reconcile_interval()) config.mutable_reconcile_interval()->set_seconds(kReconcileIntervalSeconds);
  if (!config.has_orphan_grace()) config.mutable_orphan_grace()->set_seconds(kOrphanGraceSeconds);
  CompleteProcess(config);
}

void ApplyDefaults(v1::GatewayConfig& config) {
  CompleteBorderListeners(config);
  CompleteOperatorsListener(config);
  CompleteProcess(config);
}

void ApplyDefaults(v1::PrimaryServerConfig& config) {
  if (config.has_client_listener()) {
    Complete(*config.mutable_client_listener());
    config.mutable_access_tokens()->mutable_leeway();
  }
  CompleteBorderListeners(config);
  CompleteOperatorsListener(config);
  if (config.move_policy() == v1::MOVE_POLICY_UNSPECIFIED) config.set_move_policy(v1::REFUSE);
  if (config.has_grants() && config.grants().max_grants_per_signature() == 0) {
    config.mutable_grants()->set_max_grants_per_signature(token::kMaxGrantsInTree);
  }
  v1::WatchLimits& watch = *config.mutable_watch();
  if (watch.max_watchers() == 0) watch.set_max_watchers(kMaxWatchers);
  if (!watch.has_heartbeat()) watch.mutable_heartbeat()->set_seconds(kHeartbeatSeconds);
  if (!watch.has_max_age()) watch.mutable_max_age()->set_seconds(kMaxWatchAgeSeconds);
  if (!config.has_replay_window()) config.mutable_replay_window()->set_seconds(kReplayWindowSeconds);
  if (!config.has_clock_skew()) config.mutable_clock_skew()->set_seconds(kClockSkewSeconds);
  CompleteProcess(config);
}

}  // namespace mcmig::config
