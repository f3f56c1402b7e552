#ifndef COMMON_CONFIG_VIOLATIONS_H_
#define COMMON_CONFIG_VIOLATIONS_H_

#include <cstddef>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "common/config/tree.h"

namespace mcmig::config {

// One thing that is wrong with a file or a line.
struct Violation {
  // The field, e.g. "users[3].partners[0].server.address"; empty for the whole.
  std::string path;
  // For people; no value that was read, since it may be an identity or a secret.
  std::string what;
  // Unknown (0) until it is looked up in the tree.
  Position at;
};

// Everything that is wrong, in the order found. Keeps the first kMax and counts the rest.
class Violations {
 public:
  static constexpr size_t kMax = 100;

  // Ignored where it has no position and a violation that has one names the same field: of a value that could not be
  // read, more cannot be said.
  void Add(std::string path, std::string what, Position at = {});

  [[nodiscard]] bool empty() const { return kept_.empty(); }
  [[nodiscard]] const std::vector<Violation>& kept() const { return kept_; }

  // One line each: "FILE:LINE:COLUMN: PATH: WHAT"; positions that are unknown are looked up in `tree`. Ends without a
  // line break.
  [[nodiscard]] std::string Render(absl::string_view file, const Node& tree) const;
  // "PATH: WHAT" of the first, for an import line; empty where there is none.
  [[nodiscard]] std::string First() const;

 private:
  std::vector<Violation> kept_;
  size_t more_ = 0;
};

}  // namespace mcmig::config

#endif  // COMMON_CONFIG_VIOLATIONS_H_
