#ifndef TESTS_SIMULATION_COVERAGE_H_
#define TESTS_SIMULATION_COVERAGE_H_

#include <cstddef>
#include <cstdint>
#include <map>
#include <set>
#include <string>

#include "absl/container/flat_hash_set.h"

namespace mcmig::simulation {

// What a run of many seeds has come to. One thread.
class Coverage {
 public:
  // A process could have crashed at `point`: before or after a message, a timer or a step of a commit. `crashed`: it
  // did.
  void Point(const std::string& point, bool crashed) {
    points_.insert(point);
    if (crashed) ++crashes_[point];
  }
  // A fault other than a crash.
  void Fault(const std::string& kind) { ++faults_[kind]; }
  // An abstraction of the whole world: who is where, who is up, what is on its way.
  void State(uint64_t state) { states_.insert(state); }
  void Steps(size_t count) { steps_ += count; }
  void Success() { ++successes_; }
  void Refusal() { ++refusals_; }

  // One line.
  [[nodiscard]] std::string Line(size_t seeds, double seconds) const;
  // Each crash point and fault with its count.
  [[nodiscard]] std::string Details() const;

 private:
  std::set<std::string> points_;
  std::map<std::string, size_t> crashes_;
  std::map<std::string, size_t> faults_;
  absl::flat_hash_set<uint64_t> states_;
  size_t steps_ = 0;
  size_t successes_ = 0;
  size_t refusals_ = 0;
};

}  // namespace mcmig::simulation

#endif  // TESTS_SIMULATION_COVERAGE_H_
