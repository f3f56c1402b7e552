#include "tests/simulation/coverage.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

namespace mcmig::simulation {

std::string Coverage::Line(size_t seeds, double seconds) const {
  size_t crashes = 0;
  for (const auto& [point, count] : crashes_) crashes += count;
  std::string faults;
  for (const auto& [kind, count] : faults_) absl::StrAppend(&faults, faults.empty() ? "" : ", ", kind, " ", count);
  return absl::StrFormat(
      "%d seeds, %d steps, %d successes and %d refusals answered; %d crashes at %d of %d crash points; faults: %s; %d "
      "distinct states; %.1f seeds per second",
      seeds, steps_, successes_, refusals_, crashes, crashes_.size(), points_.size(), faults, states_.size(),
      static_cast<double>(seeds) / seconds);
}

std::string Coverage::Details() const {
  std::string text;
  for (const std::string& point : points_) {
    const auto crashes = crashes_.find(point);
    absl::StrAppend(&text, crashes == crashes_.end() ? 0 : crashes->second, "  ", point, "\n");
  }
  return text;
}

}  // namespace mcmig::simulation
