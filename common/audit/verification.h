#ifndef COMMON_AUDIT_VERIFICATION_H_
#define COMMON_AUDIT_VERIFICATION_H_

#include <cstddef>
#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/audit/chain.h"
#include "common/audit/files.h"

namespace mcmig::audit {

// What a log was found as.
struct Verified {
  enum class State { kClosed, kInUse, kCrashed };

  State state = State::kClosed;
  size_t segments = 0;
  // Numbers of the first record and of the last that the head names; from the one to the other everything verifies.
  uint64_t first = 0;
  Position last;
  // Behind it, in a log that is in use or crashed: records that verify, and bytes that are none yet. Nobody was
  // promised them; the next start keeps the ones and cuts the others.
  uint64_t further_records = 0;
  uint64_t further_bytes = 0;
};

// Reads a whole log and its head file, every byte. `from`: the number of its first record, 1 unless older segments were
// taken away: then the chain is taken for what the first segment says, and proves what follows it. DATA_LOSS, with the
// place, where anything is missing or was changed, in the records or in the head file; NOT_FOUND where there is no log.
//
// Also while a process writes the log: then up to the head as it is at the begin. `visit` is called for each of these
// records, before it is known whether all verify. Blocking.
absl::StatusOr<Verified> VerifyLog(const std::string& directory, uint64_t from, Visit visit);

}  // namespace mcmig::audit

#endif  // COMMON_AUDIT_VERIFICATION_H_
