#include "tests/bench/cpu_time.h"

#include <time.h>

#include "glog/logging.h"

namespace mcmig::bench {

absl::Duration CpuTimeOf(pid_t process) {
  // Counts nanoseconds, where /proc/PID/stat counts ticks of 10 ms.
  clockid_t clock = 0;
  CHECK_EQ(clock_getcpuclockid(process, &clock), 0) << "process " << process << " has gone";
  timespec time{};
  PCHECK(clock_gettime(clock, &time) == 0);
  return absl::DurationFromTimespec(time);
}

}  // namespace mcmig::bench
