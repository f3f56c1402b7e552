#ifndef COMMON_CONFIG_NEAREST_H_
#define COMMON_CONFIG_NEAREST_H_

#include "absl/strings/string_view.h"
#include "absl/types/span.h"

namespace mcmig::config {

// The one of `names` that a person most likely meant by `written`: fewest insertions, deletions, replacements and swaps
// of neighbours, at most one per three characters. Empty where none is near, or where `written` is over 64 bytes. The
// first of equals.
absl::string_view Nearest(absl::string_view written, absl::Span<const absl::string_view> names);

}  // namespace mcmig::config

#endif  // COMMON_CONFIG_NEAREST_H_
