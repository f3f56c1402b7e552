#ifndef TESTS_DEMO_DIAGRAM_H_
#define TESTS_DEMO_DIAGRAM_H_

#include <string>
#include <vector>

#include "absl/time/time.h"

namespace mcmig::demo {

// One process that a request went through, in the order of the path.
struct Hop {
  std::string name;         // "partner gateway"
  std::string steps_out;    // steps of clause 10.6.3.3 done here on the way to the primary, e.g. "2, 3"
  std::string step_back;    // the step that brings the answer to the hop before, e.g. "10"
  absl::Duration elapsed;   // from receipt to answer
  absl::Duration next_hop;  // of it, waiting for the next hop; zero at the last
};

// The procedure as text: one line per message and per check, with the time in each process and on each wire.
std::string StepDiagram(const std::vector<Hop>& hops);

}  // namespace mcmig::demo

#endif  // TESTS_DEMO_DIAGRAM_H_
