#include "common/rpc/status.h"

#include <cstdint>
#include <optional>
#include <string>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "common/protocol/pushback.h"

namespace mcmig::rpc {
namespace {

constexpr absl::string_view kUnavailable = "the next hop is unavailable";

std::optional<absl::Duration> PushbackIn(const grpc::ClientContext& context) {
  const auto& trailers = context.GetServerTrailingMetadata();
  const auto found = trailers.find(std::string(kPushbackTrailer));
  int64_t milliseconds = 0;
  if (found == trailers.end() ||
      !absl::SimpleAtoi(absl::string_view(found->second.data(), found->second.size()), &milliseconds) ||
      milliseconds < 0) {
    return std::nullopt;
  }
  return absl::Milliseconds(milliseconds);
}

}  // namespace

grpc::Status ToGrpc(const absl::Status& status, grpc::ServerContext& context) {
  if (status.ok()) return grpc::Status::OK;
  if (const std::optional<absl::Duration> pushback = protocol::PushbackOf(status); pushback.has_value()) {
    context.AddTrailingMetadata(std::string(kPushbackTrailer), absl::StrCat(absl::ToInt64Milliseconds(*pushback)));
  }
  if (absl::IsInternal(status) || absl::IsUnknown(status)) {
    return {grpc::StatusCode::INTERNAL, "internal error"};
  }
  // Both number the canonical codes alike.
  return {static_cast<grpc::StatusCode>(status.code()), std::string(status.message())};
}

absl::Status FromGrpc(const grpc::Status& status, const grpc::ClientContext& context, bool cancelled) {
  switch (status.error_code()) {
    case grpc::StatusCode::OK:
      return absl::OkStatus();
    case grpc::StatusCode::INVALID_ARGUMENT:
      return absl::InvalidArgumentError("the next hop found the request malformed");
    case grpc::StatusCode::UNAUTHENTICATED:
      return absl::UnauthenticatedError("the next hop accepts no transport identity of ours");
    case grpc::StatusCode::PERMISSION_DENIED:
      return absl::PermissionDeniedError("the next hop does not allow this call");
    case grpc::StatusCode::UNAVAILABLE:
      return absl::UnavailableError(kUnavailable);
    case grpc::StatusCode::DEADLINE_EXCEEDED:
      return absl::DeadlineExceededError("the next hop did not answer in time");
    case grpc::StatusCode::CANCELLED:
      if (!cancelled) return absl::UnavailableError(kUnavailable);
      return absl::CancelledError("cancelled");
    case grpc::StatusCode::RESOURCE_EXHAUSTED:
      if (const std::optional<absl::Duration> pushback = PushbackIn(context); pushback.has_value()) {
        return protocol::ResourceExhausted("too many calls for the next hop", *pushback);
      }
      return absl::InternalError("the next hop failed");
    default:
      return absl::InternalError("the next hop failed");
  }
}

}  // namespace mcmig::rpc
