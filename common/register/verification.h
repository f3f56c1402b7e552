#ifndef COMMON_REGISTER_VERIFICATION_H_
#define COMMON_REGISTER_VERIFICATION_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/register/frozen_store.h"

namespace mcmig::migration {

// One way in which a store is not as it has to be. `place` and `text` name users: for an operator's eyes, never for a
// log.
struct Finding {
  // "records.by_partner"; docs/register.md lists them.
  std::string rule;
  // The row: "sip:alice@north.example MCPTT", "journal entry 12".
  std::string place;
  // What is wrong.
  std::string text;
};

// Checks every invariant that one store can be checked for by itself, on everything in it as it was at one moment: that
// rows can be understood, that records, indexes, journal, outbox and counts say the same, that epochs grow and are of
// no later incarnation than the store's, and that no visitor is served under a cancelled epoch or beyond its time.
//
// A few rows at a time, so that whoever drives it can do something else in between. One thread. What it finds depends
// on the rows, the time and the skew alone.
class Verification {
 public:
  // `now`, and how far clocks of two MC systems are apart at most: for what has a time to end.
  Verification(FrozenStore store, absl::Time now, absl::Duration clock_skew);
  Verification(const Verification&) = delete;
  Verification& operator=(const Verification&) = delete;
  ~Verification();

  struct Step {
    std::vector<Finding> findings;
    // Rows looked at in this step.
    uint64_t rows = 0;
    // Everything has been looked at.
    bool done = false;
  };
  // Looks at up to `limit` more rows, each at the cost of some point reads. UNAVAILABLE and DATA_LOSS as RowView: rows
  // could not be read at all, and nothing more is known.
  absl::StatusOr<Step> Next(size_t limit);

 private:
  struct State;
  const std::unique_ptr<State> state_;
};

}  // namespace mcmig::migration

#endif  // COMMON_REGISTER_VERIFICATION_H_
