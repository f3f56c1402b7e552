#ifndef TESTS_SIMULATION_TRACE_H_
#define TESTS_SIMULATION_TRACE_H_

#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>

#include "absl/time/time.h"

namespace mcmig::simulation {

// What happened in one simulated world: a hash of all of it, and the last events as text. One thread.
class Trace {
 public:
  explicit Trace(bool print = false) : print_(print) {}

  // `event` happened `since` the world began.
  void Add(absl::Duration since, const std::string& event);
  // Of all events so far: the same for the same seed, on every machine.
  [[nodiscard]] uint64_t hash() const { return hash_; }
  [[nodiscard]] size_t count() const { return count_; }
  // The last events, a line each.
  [[nodiscard]] std::string Last() const;

 private:
  static constexpr size_t kKept = 60;

  const bool print_;
  uint64_t hash_ = 0xcbf29ce484222325U;  // FNV-1a
  size_t count_ = 0;
  std::deque<std::string> last_;
};

}  // namespace mcmig::simulation

#endif  // TESTS_SIMULATION_TRACE_H_
