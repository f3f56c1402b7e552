#ifndef SERVICES_MCMIG_LOAD_HISTOGRAM_H_
#define SERVICES_MCMIG_LOAD_HISTOGRAM_H_

#include <cstdint>
#include <vector>

#include "absl/time/time.h"

namespace mcmig::load {

// How long calls took: counts in buckets whose width grows with the value, so that any percentile is known within 0.8 %
// of itself, from a nanosecond to centuries, in 58 KB. Not thread-safe.
class Histogram {
 public:
  Histogram();

  // Below zero counts as zero.
  void Record(absl::Duration value);
  void Add(const Histogram& other);

  [[nodiscard]] uint64_t count() const { return count_; }
  // The smallest value that at least `percent` of all recorded ones do not exceed, rounded up by at most 1/128 and
  // never above max(). Zero where nothing was recorded. `percent`: above 0, at most 100.
  [[nodiscard]] absl::Duration Percentile(double percent) const;
  // Exact.
  [[nodiscard]] absl::Duration max() const { return absl::Nanoseconds(max_); }

 private:
  std::vector<uint64_t> buckets_;
  uint64_t count_ = 0;
  int64_t max_ = 0;
};

}  // namespace mcmig::load

#endif  // SERVICES_MCMIG_LOAD_HISTOGRAM_H_
