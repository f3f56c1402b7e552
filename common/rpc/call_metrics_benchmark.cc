// What measuring costs a call. docs/metrics.md has its figures.
#include <algorithm>
#include <cstdio>
#include <ctime>
#include <limits>
#include <string>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "common/ops/decision_metrics.h"
#include "common/rpc/call_metrics.h"

namespace mcmig::rpc {
namespace {

constexpr int kCalls = 2'000'000;
constexpr int kRounds = 5;

absl::Duration Cpu() {
  timespec time{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
  return absl::DurationFromTimespec(time);
}

// CPU time of one call, in the best of some rounds: others use the machine too.
template <class Call>
void Measure(const char* what, Call call) {
  double best = std::numeric_limits<double>::max();
  for (int round = 0; round < kRounds; ++round) {
    const absl::Duration before = Cpu();
    for (int i = 0; i < kCalls; ++i) call();
    best = std::min(best, absl::ToDoubleNanoseconds(Cpu() - before) / kCalls);
  }
  std::printf("%-40s %6.0f ns\n", what, best);
}

class Nowhere final : public ops::DecisionLog {
 public:
  void Record(const ops::DecisionEntry& /*entry*/) override {}
};

void Run() {
  const std::string method = "mcmig.v1.PrimaryMcGatewayServer/AuthorizeMigration";
  const std::string system = "south";
  ops::Metrics metrics;
  ListenerMetrics listener(&metrics, "outside", 1024);
  ListenerMetrics unmeasured;
  const auto call = [&](ListenerMetrics& on) {
    const auto began = CallTimer::Clock::now();
    on.InFlight(1);
    CallTimer timer(on.Calls(method, system), began);
    timer.End(grpc::StatusCode::OK);
    on.InFlight(0);
  };
  Measure("incoming call", [&] { call(listener); });
  Measure("incoming call, not measured", [&] { call(unmeasured); });

  const auto calls = CallMetrics::OfClient(metrics, method, system);
  Measure("call to a next hop", [&] { CallTimer(calls.get()).End(grpc::StatusCode::OK); });

  Nowhere nowhere;
  ops::DecisionMetrics decisions(metrics, nowhere);
  ops::DecisionEntry entry;
  entry.role = "primary_gateway";
  entry.decision.rule = "next_hop.success";
  Measure("decision", [&] { decisions.Record(entry); });
}

}  // namespace
}  // namespace mcmig::rpc

int main() { mcmig::rpc::Run(); }
