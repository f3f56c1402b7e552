#include "common/protocol/pushback.h"

#include <algorithm>
#include <cstdint>
#include <string>

#include "absl/strings/cord.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"

namespace mcmig::protocol {
namespace {

constexpr absl::string_view kPayload = "mcmig/retry-pushback-ms";

}  // namespace

absl::Status ResourceExhausted(absl::string_view text, absl::Duration after) {
  absl::Status status = absl::ResourceExhaustedError(text);
  const absl::Duration bounded = std::clamp(after, absl::ZeroDuration(), kMaxPushback);
  const std::string milliseconds = absl::StrCat(absl::ToInt64Milliseconds(bounded));
  // From a view: clang and the system library name Cord's constructor from a string differently.
  status.SetPayload(kPayload, absl::Cord(absl::string_view(milliseconds)));
  return status;
}

std::optional<absl::Duration> PushbackOf(const absl::Status& status) {
  if (!absl::IsResourceExhausted(status)) return std::nullopt;
  const absl::optional<absl::Cord> payload = status.GetPayload(kPayload);
  int64_t milliseconds = 0;
  if (!payload.has_value() || !absl::SimpleAtoi(std::string(*payload), &milliseconds) || milliseconds < 0) {
    return std::nullopt;
  }
  return std::min(absl::Milliseconds(milliseconds), kMaxPushback);
}

}  // namespace mcmig::protocol
