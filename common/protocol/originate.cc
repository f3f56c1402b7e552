#include "common/protocol/originate.h"

#include <algorithm>
#include <cstddef>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "common/async/sleep.h"

namespace mcmig::protocol {
namespace {

constexpr absl::string_view kOutcomeUnknown = "outcome unknown: repeat with the same request_id";

// Half of `delay` and a part of the other half: reproducible for one request, different between requests.
absl::Duration Spread(absl::Duration delay, const RequestId& id, size_t attempt) {
  return delay / 2 + delay / 2 * (id.bytes[attempt % RequestId::kBytes] / 255.0);
}

// A refusal, of the user or as a call: says nothing about an earlier attempt that may have been recorded.
bool SpeaksForItsAttemptOnly(const absl::StatusOr<Decision>& answer) {
  switch (answer.status().code()) {
    case absl::StatusCode::kOk:
      return answer->cause != Cause::kNone;
    case absl::StatusCode::kInvalidArgument:
    case absl::StatusCode::kUnauthenticated:
    case absl::StatusCode::kPermissionDenied:
    case absl::StatusCode::kResourceExhausted:
      return true;
    default:
      return false;
  }
}

}  // namespace

async::Task<absl::StatusOr<Decision>> AskWithRetry(NextHop& hop, const Call& call, const AuthorizationRequest& request,
                                                   const async::Clock& clock, RetryPolicy policy) {
  absl::StatusOr<Decision> answer = co_await hop.AuthorizeMigration(call, request);
  // Without an ID a repetition would be another request.
  if (!request.request_id.has_value()) co_return answer;
  absl::Duration delay = std::min(policy.first, policy.longest);
  for (size_t attempt = 1; absl::IsUnavailable(answer.status()); ++attempt) {
    const absl::Time next = clock.Now() + Spread(delay, *request.request_id, attempt);
    if (next >= call.deadline) co_return answer;
    const bool reached = co_await async::Sleep(*call.executor, next, call.cancel);
    if (!reached) co_return answer;
    delay = std::min(delay * 2, policy.longest);
    answer = co_await hop.AuthorizeMigration(call, request);
    if (SpeaksForItsAttemptOnly(answer)) co_return absl::UnavailableError(kOutcomeUnknown);
  }
  co_return answer;
}

}  // namespace mcmig::protocol
