#ifndef TESTS_SIMULATION_DICE_H_
#define TESTS_SIMULATION_DICE_H_

#include <cstddef>
#include <cstdint>

#include "absl/time/time.h"
#include "absl/types/span.h"
#include "common/async/random.h"

namespace mcmig::simulation {

// All chance of one simulated world: follows from its seed and from nothing else (SplitMix64). One thread.
class Dice final : public async::RandomSource {
 public:
  explicit Dice(uint64_t seed) : state_(seed) {}

  uint64_t Next() {
    state_ += 0x9e3779b97f4a7c15U;
    uint64_t z = state_;
    z = (z ^ (z >> 30U)) * 0xbf58476d1ce4e5b9U;
    z = (z ^ (z >> 27U)) * 0x94d049bb133111ebU;
    return z ^ (z >> 31U);
  }
  // 0 to n - 1; n is positive.
  size_t Below(size_t n) { return Next() % n; }
  bool Chance(double probability) { return static_cast<double>(Next() >> 11U) < probability * 9007199254740992.0; }
  // In whole microseconds, from `shortest` up to `longest`.
  absl::Duration Between(absl::Duration shortest, absl::Duration longest) {
    const auto range = static_cast<size_t>(absl::ToInt64Microseconds(longest - shortest));
    return shortest + absl::Microseconds(static_cast<int64_t>(Below(range + 1)));
  }
  void Fill(absl::Span<uint8_t> bytes) override {
    for (uint8_t& byte : bytes) byte = static_cast<uint8_t>(Next());
  }

 private:
  uint64_t state_;
};

}  // namespace mcmig::simulation

#endif  // TESTS_SIMULATION_DICE_H_
