#ifndef COMMON_REGISTER_APPLY_IN_ORDER_H_
#define COMMON_REGISTER_APPLY_IN_ORDER_H_

#include <cstddef>
#include <utility>
#include <variant>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace mcmig::migration {

// Applies a group of single changes and other work in the order they came, and gives one result for each: single
// changes that follow each other make one `apply` (one durable commit), each other is a `work` of its own, whose
// success is `done`. An error of a commit is the result of all that were in it.
template <class Outcome, class Single, class... Others, class ApplyFunction, class WorkFunction>
std::vector<absl::StatusOr<Outcome>> ApplyInOrder(std::vector<std::variant<Single, Others...>> changes,
                                                  ApplyFunction apply, WorkFunction work, Outcome done) {
  std::vector<absl::StatusOr<Outcome>> results;
  results.reserve(changes.size());
  std::vector<Single> singles;
  const auto apply_singles = [&] {
    if (singles.empty()) return;
    const absl::StatusOr<std::vector<Outcome>> outcomes = apply(singles);
    for (size_t i = 0; i < singles.size(); ++i) {
      results.push_back(outcomes.ok() ? absl::StatusOr<Outcome>((*outcomes)[i]) : outcomes.status());
    }
    singles.clear();
  };
  for (std::variant<Single, Others...>& change : changes) {
    if (auto* single = std::get_if<Single>(&change)) {
      singles.push_back(std::move(*single));
      continue;
    }
    apply_singles();
    const absl::Status status = work(change);
    results.push_back(status.ok() ? absl::StatusOr<Outcome>(done) : status);
  }
  apply_singles();
  return results;
}

}  // namespace mcmig::migration

#endif  // COMMON_REGISTER_APPLY_IN_ORDER_H_
