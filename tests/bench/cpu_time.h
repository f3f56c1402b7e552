#ifndef TESTS_BENCH_CPU_TIME_H_
#define TESTS_BENCH_CPU_TIME_H_

#include <sys/types.h>

#include "absl/status/statusor.h"
#include "absl/time/time.h"

namespace mcmig::bench {

// The CPU time that all threads of a running process have had, in user mode and in the kernel. NOT_FOUND where it has
// gone.
absl::StatusOr<absl::Duration> CpuTimeOf(pid_t process);

}  // namespace mcmig::bench

#endif  // TESTS_BENCH_CPU_TIME_H_
