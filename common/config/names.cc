#include "common/config/names.h"

#include <cstddef>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"

namespace mcmig::config {
namespace {

constexpr size_t kLongestName = 64;
constexpr size_t kLongestLabel = 63;
constexpr size_t kLongestDomain = 253;
constexpr absl::string_view kWildcard = "*.";

// Whether each host of `inner` is one of `outer`.
bool Covers(absl::string_view outer, absl::string_view inner) {
  if (!absl::StartsWith(outer, kWildcard)) return outer == inner;
  // With the dot: "*.north.example" covers what ends in ".north.example", itself among it.
  return absl::EndsWith(inner, outer.substr(1));
}

}  // namespace

bool IsSystemName(absl::string_view name) {
  if (name.empty() || name.size() > kLongestName) return false;
  for (const char c : name) {
    if (!absl::ascii_islower(c) && !absl::ascii_isdigit(c) && c != '.' && c != '-') return false;
  }
  return true;
}

bool IsIdDomain(absl::string_view domain) {
  domain = absl::StripPrefix(domain, kWildcard);
  if (domain.size() > kLongestDomain) return false;
  bool letter = false;
  for (const absl::string_view label : absl::StrSplit(domain, '.')) {
    if (label.empty() || label.size() > kLongestLabel || label.front() == '-' || label.back() == '-') return false;
    for (const char c : label) {
      letter = letter || absl::ascii_islower(c);
      if (!absl::ascii_islower(c) && !absl::ascii_isdigit(c) && c != '-') return false;
    }
  }
  return letter;
}

bool IdDomainsOverlap(absl::string_view a, absl::string_view b) { return Covers(a, b) || Covers(b, a); }

}  // namespace mcmig::config
