#ifndef COMMON_RPC_CALL_METRICS_H_
#define COMMON_RPC_CALL_METRICS_H_

#include <grpcpp/grpcpp.h>

#include <array>
#include <chrono>
#include <cstddef>
#include <memory>
#include <mutex>
#include <string>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "common/identity/peer.h"
#include "common/ops/metrics.h"

namespace mcmig::rpc {

// What is counted of the calls of one kind: those begun, and by status code the duration of those ended. Any thread.
class CallMetrics {
 public:
  // Calls of `method` that go to a server of `system`.
  static std::unique_ptr<CallMetrics> OfClient(ops::Metrics& metrics, const std::string& method,
                                               const identity::SystemName& system);
  // Calls of `method` that come in on a listener from `system`; empty: no MC system was identified.
  static std::unique_ptr<CallMetrics> OfServer(ops::Metrics& metrics, const std::string& listener,
                                               const std::string& method, const identity::SystemName& system);

  void Began() { started_.Add(); }
  void Ended(grpc::StatusCode code, std::chrono::duration<double> elapsed);

 private:
  CallMetrics(ops::Metrics& metrics, const ops::Family& started, const ops::Family& duration, ops::Labels labels);

  // A series for each code that occurs. gRPC's codes are 0 to 16.
  struct OfCode {
    std::once_flag added;
    ops::Histogram duration;
  };
  static constexpr size_t kCodes = 17;

  ops::Metrics& metrics_;
  const ops::Family duration_;
  const ops::Labels labels_;
  const ops::Counter started_;
  std::array<OfCode, kCodes> by_code_;
};

// One call from its beginning, when this is made, to its end.
class CallTimer {
 public:
  using Clock = std::chrono::steady_clock;

  CallTimer() = default;
  // `metrics` may be null: nothing is measured.
  explicit CallTimer(CallMetrics* metrics, Clock::time_point began = Clock::now()) : metrics_(metrics), began_(began) {
    if (metrics_ != nullptr) metrics_->Began();
  }
  // Once.
  void End(grpc::StatusCode code) {
    if (metrics_ != nullptr) metrics_->Ended(code, Clock::now() - began_);
  }

 private:
  CallMetrics* metrics_ = nullptr;
  Clock::time_point began_;
};

// What is counted about one listener. One thread.
class ListenerMetrics {
 public:
  // Nothing.
  ListenerMetrics() = default;
  // As above where `metrics` is null.
  ListenerMetrics(ops::Metrics* metrics, std::string listener, size_t max_in_flight);

  // Those of a method from an MC system, empty where none was identified. Null where nothing is counted.
  CallMetrics* Calls(absl::string_view method, const identity::SystemName& system);
  // How many handlers are at work now.
  void InFlight(size_t calls) { in_flight_.Set(static_cast<double>(calls)); }
  // A call did not reach its handler: UNAUTHENTICATED, PERMISSION_DENIED or RESOURCE_EXHAUSTED.
  void Refused(absl::StatusCode code);
  // There was no ordinary room for a call.
  void LetInByShare() { emergency_.Add(); }

 private:
  ops::Metrics* metrics_ = nullptr;
  std::string listener_;
  ops::Gauge in_flight_;
  ops::Counter unauthenticated_;
  ops::Counter permission_denied_;
  ops::Counter resource_exhausted_;
  ops::Counter emergency_;
  absl::flat_hash_map<std::string, absl::flat_hash_map<identity::SystemName, std::unique_ptr<CallMetrics>>> calls_;
};

}  // namespace mcmig::rpc

#endif  // COMMON_RPC_CALL_METRICS_H_
