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
  absl::StatusCode code = absl::StatusCode::kInternal;
  absl::string_view for_outside;
  absl::string_view from_outside;
};

constexpr std::array<FixedText, 7> kTexts = {{
    {.code = absl::StatusCode::kInvalidArgument,
     .for_outside = "request malformed",
     .from_outside = "the peer found the request malformed"},
    {.code = absl::StatusCode::kUnauthenticated,
     .for_outside = "no usable transport identity",
     .from_outside = "the peer accepts no transport identity of ours"},
    {.code = absl::StatusCode::kPermissionDenied,
     .for_outside = "not allowed to this peer",
     .from_outside = "the peer does not allow this call"},
    {.code = absl::StatusCode::kResourceExhausted,
     .for_outside = "too many calls",
     .from_outside = "too many calls for the peer"},
    {.code = absl::StatusCode::kUnavailable,
     .for_outside = "temporarily unavailable: repeat with the same request_id",
     .from_outside = "the peer is unavailable: repeat with the same request_id"},
    {.code = absl::StatusCode::kDeadlineExceeded,
     .for_outside = "out of time: repeat with the same request_id",
     .from_outside = "the peer did not answer in time: repeat with the same request_id"},
    {.code = absl::StatusCode::kCancelled, .for_outside = "cancelled", .from_outside = "cancelled"},
}};
constexpr FixedText kInternal = {.code = absl::StatusCode::kInternal,
                                 .for_outside = "internal error: repeat with the same request_id",
                                 .from_outside = "the peer failed: repeat with the same request_id"};

constexpr std::array<absl::string_view, 13> kFieldPaths = {"partner_mc_service_id",
                                                           "primary_mc_service_id",
                                                           "mc_service_user_profile_index",
                                                           "mc_service",
                                                           "request_id",
                                                           "issued_at",
                                                           "issued_at.seconds",
                                                           "issued_at.nanos",
                                                           "authenticated_peer_system",
                                                           "emergency_share",
                                                           "epoch",
                                                           "page_size",
                                                           "page_token"};

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

absl::Status StatusFor(identity::Listener listener, const absl::Status& status) {
  return listener == identity::Listener::kOutside ? StatusForOutside(status) : status;
}

absl::Status StatusFromOutside(const absl::Status& status) {
  if (status.ok()) return absl::OkStatus();
  const FixedText& text = TextOf(status.code());
  return Rebuild(text.code, text.from_outside, status);
}

}  // namespace mcmig::border
