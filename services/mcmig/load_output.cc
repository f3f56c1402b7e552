#include "services/mcmig/load_output.h"

#include <cmath>
#include <cstdint>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/time/time.h"
#include "nlohmann/json.hpp"

namespace mcmig::cli {
namespace {

struct Percentile {
  const char* name;
  double percent;
};
constexpr Percentile kPercentiles[] = {{"p50", 50}, {"p90", 90}, {"p99", 99}, {"p99.9", 99.9}};

std::string Milliseconds(absl::Duration duration) {
  return absl::StrFormat("%.3f ms", absl::ToDoubleMilliseconds(duration));
}

// To a microsecond, or to a thousandth of a request.
double Rounded(double value) { return std::round(value * 1000) / 1000; }

}  // namespace

std::string ProgressLine(const load::LoadResult& now, const load::LoadResult& before, int in_flight) {
  const double seconds = absl::ToDoubleSeconds(now.elapsed - before.elapsed);
  const double rate = seconds > 0 ? static_cast<double>(now.ended() - before.ended()) / seconds : 0;
  std::string line =
      absl::StrFormat("%.0f s  %.0f/s  succeeded %d  failed %d  in flight %d  p50 %s  p99 %s",
                      absl::ToDoubleSeconds(now.elapsed), rate, now.succeeded, now.ended() - now.succeeded, in_flight,
                      Milliseconds(now.latency.Percentile(50)), Milliseconds(now.latency.Percentile(99)));
  if (now.unsent > 0) absl::StrAppend(&line, "  waiting to be sent ", now.unsent);
  return line;
}

std::string LoadText(const load::LoadResult& result) {
  std::string text = absl::StrFormat("requests   %d in %.1f s, %.1f/s\nsucceeded  %d\nfailed     %d\n", result.ended(),
                                     absl::ToDoubleSeconds(result.elapsed), result.throughput(), result.succeeded,
                                     result.ended() - result.succeeded);
  for (const auto& [what, count] : result.failures) absl::StrAppendFormat(&text, "           %d %s\n", count, what);
  if (result.delayed > 0) absl::StrAppendFormat(&text, "delayed    %d for want of --in-flight\n", result.delayed);
  if (result.unsent > 0) absl::StrAppendFormat(&text, "unsent     %d were due and found no room\n", result.unsent);
  absl::StrAppend(&text, "latency   ");
  for (const auto& [name, percent] : kPercentiles) {
    absl::StrAppend(&text, " ", name, " ", Milliseconds(result.latency.Percentile(percent)), " ");
  }
  absl::StrAppend(&text, " max ", Milliseconds(result.latency.max()), "\n");
  return text;
}

std::string LoadJson(const load::LoadResult& result) {
  nlohmann::ordered_json latency;
  for (const auto& [name, percent] : kPercentiles) {
    latency[name] = Rounded(absl::ToDoubleMilliseconds(result.latency.Percentile(percent)));
  }
  latency["max"] = Rounded(absl::ToDoubleMilliseconds(result.latency.max()));
  const nlohmann::ordered_json json = {{"requests", result.ended()},
                                       {"succeeded", result.succeeded},
                                       {"failed", nlohmann::ordered_json(result.failures)},
                                       {"delayed", result.delayed},
                                       {"unsent", result.unsent},
                                       {"seconds", Rounded(absl::ToDoubleSeconds(result.elapsed))},
                                       {"throughput", Rounded(result.throughput())},
                                       {"latency_ms", latency}};
  return json.dump();
}

}  // namespace mcmig::cli
