#include "common/config/violations.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"

namespace mcmig::config {

void Violations::Add(std::string path, std::string what, Position at) {
  if (at.line == 0 && std::any_of(kept_.begin(), kept_.end(), [&](const Violation& earlier) {
        return earlier.at.line > 0 && earlier.path == path;
      })) {
    return;
  }
  if (kept_.size() == kMax) {
    ++more_;
    return;
  }
  kept_.push_back({std::move(path), std::move(what), at});
}

std::string Violations::Render(absl::string_view file, const Node& tree) const {
  std::string text;
  for (const Violation& violation : kept_) {
    const Position at = violation.at.line > 0 ? violation.at : Locate(tree, violation.path);
    absl::StrAppend(&text, text.empty() ? "" : "\n", file, ":");
    if (at.line > 0) absl::StrAppend(&text, at.line, ":", at.column, ":");
    absl::StrAppend(&text, " ", violation.path, violation.path.empty() ? "" : ": ", violation.what);
  }
  if (more_ > 0) absl::StrAppend(&text, "\n", file, ": and ", more_, " more");
  return text;
}

std::string Violations::First() const {
  if (kept_.empty()) return "";
  return absl::StrCat(kept_[0].path, kept_[0].path.empty() ? "" : ": ", kept_[0].what);
}

}  // namespace mcmig::config
