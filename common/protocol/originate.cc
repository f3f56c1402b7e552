#include "common/protocol/originate.h"

#include <algorithm>
#include <cstddef>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "common/async/sleep.h"

namespace mcmig::protocol {
namespace {

constexpr absl::string_view kOutcomeUnknown = "outcome unknown: repeat with the same request_id";

// The waits before the repetitions of one request: half of each delay and a part of the other half, reproducible for
// one request, different between requests.
class Delays {
 public:
  Delays(RetryPolicy policy, const RequestId& id)
      : longest_(policy.longest), id_(id), delay_(std::min(policy.first, longest_)) {}
  absl::Duration Next() {
    const absl::Duration next = delay_ / 2 + delay_ / 2 * (id_.bytes[++attempt_ % RequestId::kBytes] / 255.0);
    delay_ = std::min(delay_ * 2, longest_);
    return next;
  }

 private:
  const absl::Duration longest_;
  const RequestId id_;
  absl::Duration delay_;
  size_t attempt_ = 0;
};

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
  Delays delays(policy, *request.request_id);
  while (absl::IsUnavailable(answer.status())) {
    const absl::Time next = clock.Now() + delays.Next();
    if (next >= call.deadline) co_return answer;
    const bool reached = co_await async::Sleep(*call.executor, next, call.cancel);
    if (!reached) co_return answer;
    answer = co_await hop.AuthorizeMigration(call, request);
    if (SpeaksForItsAttemptOnly(answer)) co_return absl::UnavailableError(kOutcomeUnknown);
  }
  co_return answer;
}

async::Task<absl::StatusOr<EndAnswer>> EndWithRetry(NextHop& hop, const Call& call, const EndRequest& request,
                                                    const async::Clock& clock, RetryPolicy policy) {
  absl::StatusOr<EndAnswer> answer = co_await hop.EndMigration(call, request);
  Delays delays(policy, request.request_id.value_or(RequestId{}));
  while (absl::IsUnavailable(answer.status())) {
    const absl::Time next = clock.Now() + delays.Next();
    if (next >= call.deadline) co_return answer;
    const bool reached = co_await async::Sleep(*call.executor, next, call.cancel);
    if (!reached) co_return answer;
    answer = co_await hop.EndMigration(call, request);
  }
  co_return answer;
}

}  // namespace mcmig::protocol
