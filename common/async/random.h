#ifndef COMMON_ASYNC_RANDOM_H_
#define COMMON_ASYNC_RANDOM_H_

#include <cstdint>

#include "absl/types/span.h"

namespace mcmig::async {

// Randomness, as a door: handlers make request IDs from it; the simulation's follows from a seed. Any thread.
class RandomSource {
 public:
  virtual ~RandomSource() = default;
  // Fills all of `bytes`.
  virtual void Fill(absl::Span<uint8_t> bytes) = 0;
};

// OpenSSL's generator: unpredictable. Ends the process where the machine has no entropy, rather than give weak values.
class SystemRandom final : public RandomSource {
 public:
  void Fill(absl::Span<uint8_t> bytes) override;
};

}  // namespace mcmig::async

#endif  // COMMON_ASYNC_RANDOM_H_
