#include "common/border/metadata.h"

#include <cstddef>

#include "absl/algorithm/container.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"

namespace mcmig::border {
namespace {

constexpr size_t kTraceIdDigits = 32;
constexpr size_t kParentIdDigits = 16;
constexpr absl::string_view kTokenPunctuation = "-._~+/=";

// gRPC aborts the process on a metadata value that HTTP/2 does not allow, and a token comes from a file.
bool IsBearerToken(absl::string_view token) {
  return !token.empty() && absl::c_all_of(token, [](char c) {
    return absl::ascii_isalnum(c) || absl::StrContains(kTokenPunctuation, c);
  });
}

bool IsNonZeroHex(absl::string_view digits) {
  return absl::c_all_of(digits, [](char c) { return absl::ascii_isdigit(c) || (c >= 'a' && c <= 'f'); }) &&
         absl::c_any_of(digits, [](char c) { return c != '0'; });
}

void AddToken(const protocol::Call& call, Metadata& metadata) {
  if (!IsBearerToken(call.bearer_token)) return;
  metadata.emplace_back("authorization", absl::StrCat("Bearer ", call.bearer_token));
}

void AddTrace(const protocol::Call& call, Metadata& metadata) {
  if (call.trace_id.size() != kTraceIdDigits || !IsNonZeroHex(call.trace_id)) return;
  // There are no spans here: the parent only has to be valid, and the same for the same trace.
  const absl::string_view low = absl::string_view(call.trace_id).substr(kTraceIdDigits - kParentIdDigits);
  const absl::string_view parent = IsNonZeroHex(low) ? low : absl::string_view("0000000000000001");
  metadata.emplace_back("traceparent", absl::StrCat("00-", call.trace_id, "-", parent, "-01"));
}

}  // namespace

Metadata OutgoingMetadata(protocol::Leg leg, const protocol::Call& call) {
  Metadata metadata;
  switch (leg) {
    case protocol::Leg::kClient:
      AddToken(call, metadata);
      AddTrace(call, metadata);
      break;
    case protocol::Leg::kInside:
      AddTrace(call, metadata);
      break;
    case protocol::Leg::kOutside:
      break;
  }
  return metadata;
}

}  // namespace mcmig::border
