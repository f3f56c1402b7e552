#include "services/primary_server/home_authorization.h"

#include <algorithm>
#include <optional>
#include <vector>

#include "absl/types/span.h"
#include "common/token/access_token_check.h"
#include "services/primary_server/retry_hint.h"

namespace mcmig::primary_server {
namespace {

using protocol::Call;
using protocol::Cause;
using protocol::Decision;
using protocol::ServiceAuthorizationAnswer;
using protocol::ServiceAuthorizationRequest;

}  // namespace

Decision CheckHomeUser(const migration::Snapshot& snapshot) {
  if (!snapshot.user || snapshot.user->profiles.empty())
    return {.cause = Cause::kUserUnknown, .rule = "home.user_known"};
  const std::vector<migration::Profile>& profiles = snapshot.user->profiles;
  if (std::any_of(profiles.begin(), profiles.end(), [](const auto& profile) { return profile.user_disabled; })) {
    return {.cause = Cause::kUserDisabled, .rule = "home.user_enabled"};
  }
  return {.rule = "home.user"};
}

async::Task<absl::StatusOr<v1::ServiceAuthorizationResponse>> HomeAuthorization::AuthorizeService(
    const Call& call, const v1::ServiceAuthorizationRequest& message) {
  ops::DecisionScope scope(source_, call);
  absl::StatusOr<ServiceAuthorizationRequest> request = protocol::ParseServiceAuthorizationRequest(message);
  if (!request.ok()) {
    scope.Ends(request.status());
    co_return request.status();
  }
  if (!request->request_id) doors_.random->Fill(absl::MakeSpan(request->request_id.emplace().bytes));
  scope.Names(*request->request_id);
  const absl::StatusOr<ServiceAuthorizationAnswer> answer = co_await Authorize(call, *request);
  if (!answer.ok()) {
    scope.Ends(answer.status());
    co_return answer.status();
  }
  scope.Ends(answer->decision());
  co_return ToProto(*answer, *request);
}

async::Task<absl::StatusOr<ServiceAuthorizationAnswer>> HomeAuthorization::Authorize(
    const Call& call, const ServiceAuthorizationRequest& request) {
  if (doors_.tokens == nullptr) co_return absl::UnimplementedError("this server has no client listener");
  // The credential first: whoever has none learns nothing of the user.
  const absl::StatusOr<token::AccessToken> token = doors_.tokens->Verify(call.bearer_token);
  const Decision holder =
      token::CheckAccessToken({!call.bearer_token.empty(), token, doors_.leeway},
                              {request.service, request.primary_mc_service_id}, doors_.clock->Now());
  if (holder.cause != Cause::kNone) co_return ServiceAuthorizationAnswer{.cause = holder.cause, .rule = holder.rule};
  if (doors_.systems->SystemOf(request.primary_mc_service_id) != doors_.systems->own()) {
    co_return absl::InvalidArgumentError("primary_mc_service_id: not of this MC system");
  }

  // Clause 10.6.2: the user is one of this MC system who may have the service.
  const migration::UserKey key{request.primary_mc_service_id.canonical(), request.service};
  const absl::StatusOr<migration::Snapshot> snapshot = doors_.migrations->Read(key, "");
  if (!snapshot.ok()) co_return absl::UnavailableError("the register cannot be read");
  const Decision user = CheckHomeUser(*snapshot);
  if (user.cause != Cause::kNone) co_return ServiceAuthorizationAnswer{.cause = user.cause, .rule = user.rule};

  // At home, or back, durably, with the cancel for the partner MC system.
  migration::AuthorizeAtHome event{.key = key,
                                   .return_home = request.return_home,
                                   .return_from = request.return_from,
                                   .request_id = *request.request_id};
  const absl::StatusOr<migration::Plan> plan =
      co_await doors_.migrations->Settle(*call.executor, std::move(event), *doors_.clock, doors_.policy);
  if (!plan.ok()) co_return WithHint(plan.status(), kStoreBusy);
  const bool refused = plan->cause != Cause::kNone;
  co_return ServiceAuthorizationAnswer{.cause = plan->cause,
                                       .rule = plan->rule,
                                       .returned_home = request.return_home && plan->mutation.has_value(),
                                       .migration_epoch = refused ? plan->epoch : std::nullopt};
}

}  // namespace mcmig::primary_server
