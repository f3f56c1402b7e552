#include "common/rpc/call_metrics.h"

#include <algorithm>
#include <utility>

namespace mcmig::rpc {
namespace {

constexpr ops::Family kServerStarted = {
    "mcmig_rpc_server_started_total",
    "Calls that came in, by listener, method and the MC system of the caller (unknown: none was identified)."};
constexpr ops::Family kServerDuration = {
    "mcmig_rpc_server_duration_seconds",
    "Time from the arrival of a call to its answer, by listener, method, MC system of the caller, and status code."};
constexpr ops::Family kClientStarted = {"mcmig_rpc_client_started_total",
                                        "Calls to a next hop, by method and the MC system of that server."};
constexpr ops::Family kClientDuration = {
    "mcmig_rpc_client_duration_seconds",
    "Time from a call to a next hop to its answer, by method, MC system of that server, and status code."};
constexpr ops::Family kInFlight = {"mcmig_rpc_server_in_flight", "Calls whose handlers are at work now, by listener."};
constexpr ops::Family kMaxInFlight = {"mcmig_rpc_server_max_in_flight",
                                      "Most calls that may be at work on a listener; more are refused."};
constexpr ops::Family kRefused = {
    "mcmig_rpc_server_refused_total",
    "Calls that were refused before their handler, by listener and status code: UNAUTHENTICATED (no MC system was "
    "identified), PERMISSION_DENIED (not in the permission table), RESOURCE_EXHAUSTED (too many at work)."};

constexpr ops::Family kEmergency = {
    "mcmig_rpc_server_emergency_total",
    "Calls that the emergency share let in, by listener: there was no room but for priority users."};

std::string NameOf(absl::StatusCode code) { return absl::StatusCodeToString(code); }

}  // namespace

CallMetrics::CallMetrics(ops::Metrics& metrics, const ops::Family& started, const ops::Family& duration,
                         ops::Labels labels)
    : metrics_(metrics),
      duration_(duration),
      labels_(std::move(labels)),
      started_(metrics.AddCounter(started, labels_)) {}

std::unique_ptr<CallMetrics> CallMetrics::OfClient(ops::Metrics& metrics, const std::string& method,
                                                   const identity::SystemName& system) {
  return std::unique_ptr<CallMetrics>(
      new CallMetrics(metrics, kClientStarted, kClientDuration, {{"method", method}, {"target_system", system}}));
}

std::unique_ptr<CallMetrics> CallMetrics::OfServer(ops::Metrics& metrics, const std::string& listener,
                                                   const std::string& method, const identity::SystemName& system) {
  return std::unique_ptr<CallMetrics>(new CallMetrics(
      metrics, kServerStarted, kServerDuration,
      {{"listener", listener}, {"method", method}, {"peer_system", system.empty() ? "unknown" : system}}));
}

void CallMetrics::Ended(grpc::StatusCode code, std::chrono::duration<double> elapsed) {
  const auto number = static_cast<size_t>(code) < kCodes ? code : grpc::StatusCode::UNKNOWN;
  OfCode& of_code = by_code_.at(static_cast<size_t>(number));
  std::call_once(of_code.added, [&] {
    ops::Labels labels = labels_;
    // Both number the canonical codes alike.
    labels.emplace("code", NameOf(static_cast<absl::StatusCode>(number)));
    of_code.duration = metrics_.AddHistogram(duration_, labels, ops::kDurationBounds);
  });
  of_code.duration.Observe(elapsed.count());
}

ListenerMetrics::ListenerMetrics(ops::Metrics* metrics, std::string listener, size_t max_in_flight)
    : metrics_(metrics), listener_(std::move(listener)) {
  if (metrics_ == nullptr) return;
  const auto refused = [&](absl::StatusCode code) {
    return metrics_->AddCounter(kRefused, {{"listener", listener_}, {"code", NameOf(code)}});
  };
  in_flight_ = metrics_->AddGauge(kInFlight, {{"listener", listener_}});
  metrics_->AddGauge(kMaxInFlight, {{"listener", listener_}}).Set(static_cast<double>(max_in_flight));
  unauthenticated_ = refused(absl::StatusCode::kUnauthenticated);
  permission_denied_ = refused(absl::StatusCode::kPermissionDenied);
  resource_exhausted_ = refused(absl::StatusCode::kResourceExhausted);
  emergency_ = metrics_->AddCounter(kEmergency, {{"listener", listener_}});
}

CallMetrics* ListenerMetrics::Calls(absl::string_view method, const identity::SystemName& system) {
  if (metrics_ == nullptr) return nullptr;
  std::unique_ptr<CallMetrics>& calls = calls_[method][system];
  if (calls == nullptr) calls = CallMetrics::OfServer(*metrics_, listener_, std::string(method), system);
  return calls.get();
}

void ListenerMetrics::Refused(absl::StatusCode code) {
  if (code == absl::StatusCode::kUnauthenticated) unauthenticated_.Add();
  if (code == absl::StatusCode::kPermissionDenied) permission_denied_.Add();
  if (code == absl::StatusCode::kResourceExhausted) resource_exhausted_.Add();
}

}  // namespace mcmig::rpc
