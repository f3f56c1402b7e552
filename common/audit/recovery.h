#ifndef COMMON_AUDIT_RECOVERY_H_
#define COMMON_AUDIT_RECOVERY_H_

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "common/audit/chain.h"
#include "common/audit/head_file.h"

namespace mcmig::audit {

// What a log was found as, and what was done about it.
struct Recovered {
  // Its last record now.
  Position last;
  // The log was not closed: the process before this one crashed or was killed.
  bool crashed = false;
  // Records behind the head that verify. They were written, and their calls not answered; they stay.
  uint64_t kept_records = 0;
  // What was cut off behind them.
  uint64_t cut_bytes = 0;
  // One copy of the head was not whole.
  bool head_damaged = false;
};

// Settles what a crash may have left in the log whose head file has these `copies`: cuts off what is behind the last
// record that verifies, where that is not before the head. DATA_LOSS for all that no crash leaves: a record up to the
// head that does not verify or is missing, anything behind the head of a closed log, no head file where there are
// records. Looks at the records from the segment on that holds the head's; the older ones are VerifyLog's. Blocking;
// the caller has the lock.
absl::StatusOr<Recovered> Recover(const std::string& directory, const HeadCopies& copies);

}  // namespace mcmig::audit

#endif  // COMMON_AUDIT_RECOVERY_H_
