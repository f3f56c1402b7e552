#include "common/ops/process_metrics.h"

#include <fcntl.h>
#include <unistd.h>

#include "common/ops/testing/exposition.h"
#include "common/ops/version.h"
#include "gtest/gtest.h"

namespace mcmig::ops {
namespace {

class ProcessMetricsTest : public ::testing::Test {
 protected:
  ProcessMetricsTest() { AddProcessMetrics(metrics_); }
  [[nodiscard]] double Now(const std::string& name) const {
    const auto value = testing::ParseExposition(metrics_.Text()).Sum(name);
    EXPECT_TRUE(value.has_value()) << name;
    return value.value_or(0);
  }
  Metrics metrics_;
};

TEST_F(ProcessMetricsTest, TellTheVersion) {
  EXPECT_EQ(
      testing::ParseExposition(metrics_.Text()).Sum("mcmig_build_info", {{"version", kVersion}, {"revision", kCommit}}),
      1);
}

TEST_F(ProcessMetricsTest, TimesGrow) {
  const double uptime = Now("mcmig_uptime_seconds");
  const double cpu = Now("process_cpu_seconds_total");
  EXPECT_GE(uptime, 0);
  EXPECT_GT(cpu, 0);
  while (Now("process_cpu_seconds_total") == cpu) {
  }
  EXPECT_GT(Now("mcmig_uptime_seconds"), uptime);
  constexpr double kYear2020 = 1577836800;
  EXPECT_GT(Now("process_start_time_seconds"), kYear2020);
}

TEST_F(ProcessMetricsTest, OpenFileDescriptorsAreCounted) {
  const double before = Now("process_open_fds");
  const int file = open("/dev/null", O_RDONLY | O_CLOEXEC);
  EXPECT_EQ(Now("process_open_fds"), before + 1);
  close(file);
  EXPECT_EQ(Now("process_open_fds"), before);
  EXPECT_GT(Now("process_max_fds"), before);
}

TEST_F(ProcessMetricsTest, MemoryIsInBytes) {
  constexpr double kMebibyte = 1 << 20;
  EXPECT_GT(Now("process_resident_memory_bytes"), kMebibyte);
  EXPECT_GT(Now("process_virtual_memory_bytes"), Now("process_resident_memory_bytes"));
}

}  // namespace
}  // namespace mcmig::ops
