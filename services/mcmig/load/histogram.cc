#include "services/mcmig/load/histogram.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstddef>

namespace mcmig::load {
namespace {

// Every power of two is divided into this many buckets; what is below twice that is counted exactly.
constexpr int kBucketBits = 7;
constexpr size_t kBucketsOfPower = size_t{1} << kBucketBits;
constexpr size_t kBuckets = (64 - kBucketBits) * kBucketsOfPower;

int ShiftOf(uint64_t value) { return std::max(0, static_cast<int>(std::bit_width(value)) - (kBucketBits + 1)); }

size_t BucketOf(uint64_t value) {
  const int shift = ShiftOf(value);
  return static_cast<size_t>(shift) * kBucketsOfPower + static_cast<size_t>(value >> shift);
}

// The greatest value of a bucket.
int64_t UpperEnd(size_t bucket) {
  if (bucket < 2 * kBucketsOfPower) return static_cast<int64_t>(bucket);
  const size_t shift = bucket / kBucketsOfPower - 1;
  const uint64_t mantissa = bucket - shift * kBucketsOfPower;
  return static_cast<int64_t>(((mantissa + 1) << shift) - 1);
}

}  // namespace

Histogram::Histogram() : buckets_(kBuckets) {}

void Histogram::Record(absl::Duration value) {
  const int64_t nanoseconds = std::max<int64_t>(0, absl::ToInt64Nanoseconds(value));
  ++buckets_[BucketOf(static_cast<uint64_t>(nanoseconds))];
  ++count_;
  max_ = std::max(max_, nanoseconds);
}

void Histogram::Add(const Histogram& other) {
  for (size_t i = 0; i < kBuckets; ++i) buckets_[i] += other.buckets_[i];
  count_ += other.count_;
  max_ = std::max(max_, other.max_);
}

absl::Duration Histogram::Percentile(double percent) const {
  const double exact = std::ceil(static_cast<double>(count_) * percent / 100);
  const auto wanted = std::max<uint64_t>(1, static_cast<uint64_t>(exact));
  uint64_t seen = 0;
  for (size_t i = 0; i < kBuckets && count_ > 0; ++i) {
    seen += buckets_[i];
    if (seen >= wanted) return absl::Nanoseconds(std::min(UpperEnd(i), max_));
  }
  return max();
}

}  // namespace mcmig::load
