#include "common/ops/process_metrics.h"

#include <sys/resource.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>
#include <system_error>

#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "common/ops/version.h"

namespace mcmig::ops {
namespace {

double Seconds(const timeval& time) { return absl::ToDoubleSeconds(absl::DurationFromTimeval(time)); }

std::optional<double> CpuSeconds() {
  rusage usage{};
  if (getrusage(RUSAGE_SELF, &usage) != 0) return std::nullopt;
  return Seconds(usage.ru_utime) + Seconds(usage.ru_stime);
}

// The value at `position` of /proc/self/statm, which counts pages.
std::optional<double> MemoryBytes(int position) {
  std::ifstream file("/proc/self/statm");
  double pages = 0;
  for (int i = 0; i <= position; ++i) file >> pages;
  if (!file) return std::nullopt;
  return pages * static_cast<double>(sysconf(_SC_PAGESIZE));
}

std::optional<double> OpenFileDescriptors() {
  std::error_code error;
  const std::filesystem::directory_iterator open("/proc/self/fd", error);
  if (error) return std::nullopt;
  // Without the one that looks.
  return static_cast<double>(std::distance(begin(open), end(open)) - 1);
}

std::optional<double> MostFileDescriptors() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return std::nullopt;
  return static_cast<double>(limit.rlim_cur);
}

}  // namespace

void AddProcessMetrics(Metrics& metrics) {
  metrics
      .AddGauge({"mcmig_build_info", "Always 1; what `mcmig --version` prints is in the labels."},
                {{"version", kVersion}, {"revision", kCommit}})
      .Set(1);
  const auto up_since = std::chrono::steady_clock::now();
  metrics.ReadGauge({"mcmig_uptime_seconds", "Time since the process started, by a clock that nobody sets."}, {},
                    [up_since]() -> std::optional<double> {
                      return std::chrono::duration<double>(std::chrono::steady_clock::now() - up_since).count();
                    });
  metrics
      .AddGauge({"process_start_time_seconds", "Start of the process since the Unix epoch, by the clock at that time."})
      .Set(absl::ToDoubleSeconds(absl::Now() - absl::UnixEpoch()));
  metrics.ReadCounter({"process_cpu_seconds_total", "User and system CPU time spent."}, {}, CpuSeconds);
  metrics.ReadGauge({"process_virtual_memory_bytes", "Virtual memory size."}, {}, [] { return MemoryBytes(0); });
  metrics.ReadGauge({"process_resident_memory_bytes", "Resident memory size."}, {}, [] { return MemoryBytes(1); });
  metrics.ReadGauge({"process_open_fds", "Number of open file descriptors."}, {}, OpenFileDescriptors);
  metrics.ReadGauge({"process_max_fds", "Most file descriptors that may be open."}, {}, MostFileDescriptors);
}

}  // namespace mcmig::ops
