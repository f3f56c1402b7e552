#ifndef COMMON_OPS_METRICS_SERVER_H_
#define COMMON_OPS_METRICS_SERVER_H_

#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "common/ops/metrics.h"

namespace prometheus {
class Exposer;
}  // namespace prometheus

namespace mcmig::ops {

// GET /metrics over HTTP, for Prometheus, to whoever reaches the address; nothing else is served.
//
// Strangers cost little: two threads of its own, few waiting connections, no keep-alive, 5 s for a request. The library
// beneath (civetweb, as Debian builds it) knows IPv4 only. Start and Stop from one thread.
class MetricsServer {
 public:
  static constexpr absl::string_view kName = "metrics";

  // Serves `metrics`, which outlives this object, at "host:port"; nothing where the address is empty.
  MetricsServer(const Metrics& metrics, std::string address);
  ~MetricsServer();
  MetricsServer(const MetricsServer&) = delete;
  MetricsServer& operator=(const MetricsServer&) = delete;

  // UNAVAILABLE where the address cannot be had.
  absl::Status Start();
  // "host:port" with the port that was given for port 0; empty where nothing is served. After Start.
  [[nodiscard]] const std::string& address() const { return address_; }
  // No scrape is answered any more, and none is under way, when it returns.
  void Stop();

 private:
  const Metrics& metrics_;
  std::string address_;
  std::unique_ptr<prometheus::Exposer> exposer_;
};

}  // namespace mcmig::ops

#endif  // COMMON_OPS_METRICS_SERVER_H_
