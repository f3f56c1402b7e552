#ifndef COMMON_AUDIT_ATTEMPTS_H_
#define COMMON_AUDIT_ATTEMPTS_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/strings/string_view.h"
#include "common/async/mutex.h"

namespace mcmig::audit {

// Invalid access attempts, so many of which can come that there is no record for each: the first of a kind is recorded
// at once, those like it are counted and recorded from time to time, as one. Attempts are of one kind where what would
// be recorded of them, but for the time, is the same. Bounded: past kMaxKinds, new ones count as kind kOther.
// Thread-safe.
class Attempts {
 public:
  static constexpr size_t kMaxKinds = 1000;
  static constexpr absl::string_view kOther = R"("kind":"refused","attempt":"of more kinds than are told apart")";

  // True where it is the first of its kind: the caller records it. Else it was counted.
  bool IsFirst(absl::string_view members) ABSL_LOCKS_EXCLUDED(mutex_);
  // Counts some that were not, or could not be, recorded.
  void Count(absl::string_view members, uint64_t attempts) ABSL_LOCKS_EXCLUDED(mutex_);

  // What was counted since the last time, to be recorded now. A kind of which there was nothing is new again.
  struct Counted {
    std::string members;
    uint64_t attempts = 0;
  };
  std::vector<Counted> Take() ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  async::Mutex mutex_;
  absl::flat_hash_map<std::string, uint64_t> kinds_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace mcmig::audit

#endif  // COMMON_AUDIT_ATTEMPTS_H_
