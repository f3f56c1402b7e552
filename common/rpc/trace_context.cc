#include "common/rpc/trace_context.h"

#include <cstdint>

#include "absl/algorithm/container.h"
#include "absl/random/random.h"
#include "absl/strings/str_format.h"

namespace mcmig::rpc {
namespace {

// version "00" - trace ID - parent ID - flags
constexpr size_t kTraceIdAt = 3;
constexpr size_t kTraceIdDigits = 32;
constexpr size_t kParentIdAt = kTraceIdAt + kTraceIdDigits + 1;
constexpr size_t kParentIdDigits = 16;
constexpr size_t kFlagsAt = kParentIdAt + kParentIdDigits + 1;
constexpr size_t kLength = kFlagsAt + 2;

bool IsLowerHex(absl::string_view text) {
  return absl::c_all_of(text, [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

bool IsZero(absl::string_view text) {
  return absl::c_all_of(text, [](char c) { return c == '0'; });
}

}  // namespace

std::string TraceIdOf(absl::string_view traceparent) {
  // Later versions may be longer, with a dash before what they add; ff is no version.
  if (traceparent.size() < kLength || (traceparent.size() > kLength && traceparent[kLength] != '-')) return {};
  const absl::string_view version = traceparent.substr(0, 2);
  const absl::string_view trace_id = traceparent.substr(kTraceIdAt, kTraceIdDigits);
  const absl::string_view parent_id = traceparent.substr(kParentIdAt, kParentIdDigits);
  const bool dashes =
      traceparent[kTraceIdAt - 1] == '-' && traceparent[kParentIdAt - 1] == '-' && traceparent[kFlagsAt - 1] == '-';
  if (!dashes || version == "ff" || (version == "00" && traceparent.size() != kLength)) return {};
  if (!IsLowerHex(version) || !IsLowerHex(trace_id) || IsZero(trace_id) || !IsLowerHex(parent_id) ||
      IsZero(parent_id) || !IsLowerHex(traceparent.substr(kFlagsAt, 2))) {
    return {};
  }
  return std::string(trace_id);
}

std::string NewTraceId(absl::BitGenRef random) {
  // Never all zero, which is no trace ID.
  return absl::StrFormat("%016x%016x", absl::Uniform<uint64_t>(random), absl::Uniform<uint64_t>(random) | 1U);
}

}  // namespace mcmig::rpc
