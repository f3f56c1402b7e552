#include "common/border/status.h"

#include <array>
#include <optional>
#include <string>

#include "absl/algorithm/container.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "common/protocol/pushback.h"

namespace mcmig::border {
namespace {

struct FixedText {
  absl::StatusCode code;
  absl::string_view for_outside;
  absl::string_view from_outside;
};

constexpr std::array<FixedText, 7> kTexts = {{
    {absl::StatusCode::kInvalidArgument, "request malformed", "the peer found the request malformed"},
    {absl::StatusCode::kUnauthenticated, "no usable transport identity",
     "the peer accepts no transport identity of ours"},
    {absl::StatusCode::kPermissionDenied, "not allowed to this peer", "the peer does not allow this call"},
    {absl::StatusCode::kResourceExhausted, "too many calls", "too many calls for the peer"},
    {absl::StatusCode::kUnavailable, "temporarily unavailable: repeat with the same request_id",
     "the peer is unavailable: repeat with the same request_id"},
    {absl::StatusCode::kDeadlineExceeded, "out of time: repeat with the same request_id",
     "the peer did not answer in time: repeat with the same request_id"},
    {absl::StatusCode::kCancelled, "cancelled", "cancelled"},
}};
constexpr FixedText kInternal = {absl::StatusCode::kInternal, "internal error: repeat with the same request_id",
                                 "the peer failed: repeat with the same request_id"};

constexpr std::array<absl::string_view, 9> kFieldPaths = {"partner_mc_service_id",
                                                          "primary_mc_service_id",
                                                          "mc_service_user_profile_index",
                                                          "mc_service",
                                                          "request_id",
                                                          "issued_at",
                                                          "issued_at.seconds",
                                                          "issued_at.nanos",
                                                          "authenticated_peer_system"};

const FixedText& TextOf(absl::StatusCode code) {
  const auto* const found = absl::c_find_if(kTexts, [code](const FixedText& text) { return text.code == code; });
  return found == kTexts.end() ? kInternal : *found;
}

absl::Status Rebuild(absl::StatusCode code, absl::string_view text, const absl::Status& from) {
  const std::optional<absl::Duration> pushback = protocol::PushbackOf(from);
  if (pushback.has_value()) return protocol::ResourceExhausted(text, *pushback);
  return {code, text};
}

}  // namespace

absl::Status StatusForOutside(const absl::Status& status) {
  if (status.ok()) return absl::OkStatus();
  const FixedText& text = TextOf(status.code());
  if (absl::IsInvalidArgument(status)) {
    const absl::string_view message = status.message();
    const absl::string_view path = message.substr(0, message.find(':'));
    const auto* const known = absl::c_find(kFieldPaths, path);
    if (known != kFieldPaths.end()) {
      return absl::InvalidArgumentError(absl::StrCat(*known, ": missing, malformed or not allowed here"));
    }
  }
  return Rebuild(text.code, text.for_outside, status);
}

absl::Status StatusFromOutside(const absl::Status& status) {
  if (status.ok()) return absl::OkStatus();
  const FixedText& text = TextOf(status.code());
  return Rebuild(text.code, text.from_outside, status);
}

}  // namespace mcmig::border
