#include "tests/bench/cpu_time.h"

#include <time.h>

#include "absl/strings/str_cat.h"

namespace mcmig::bench {

absl::StatusOr<absl::Duration> CpuTimeOf(pid_t process) {
  // Counts nanoseconds, where /proc/PID/stat counts ticks of 10 ms.
  clockid_t clock = 0;
  timespec time{};
  if (clock_getcpuclockid(process, &clock) != 0 || clock_gettime(clock, &time) != 0) {
    return absl::NotFoundError(absl::StrCat("process ", process, " has gone"));
  }
  return absl::DurationFromTimespec(time);
}

}  // namespace mcmig::bench
