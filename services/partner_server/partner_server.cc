#include "services/partner_server/partner_server.h"

#include <glog/logging.h>

#include <cstdint>
#include <optional>

#include "absl/types/span.h"
#include "common/async/yield.h"
#include "common/border/messages.h"
#include "common/border/status.h"
#include "common/protocol/emergency_share.h"
#include "services/partner_server/initial_authorization.h"

namespace mcmig::partner_server {
namespace {

using migration::VisitOutcome;
using protocol::AuthorizationRequest;
using protocol::Call;
using protocol::Cause;
using protocol::Decision;

// How long the end of a migration that cannot be served may take, whatever was left of the call.
constexpr absl::Duration kEndAgain = absl::Seconds(2);

migration::VisitorKey KeyOf(const AuthorizationRequest& request, const identity::SystemTable::System& primary) {
  return {primary.config.name(), {request.primary_mc_service_id.canonical(), request.service}};
}

}  // namespace

async::Task<absl::StatusOr<v1::MigrationServiceAuthorizationResponse>> PartnerServer::AuthorizeMigration(
    const Call& call, const v1::MigrationServiceAuthorizationRequest& message) {
  ops::DecisionScope scope(source_, call);
  // Step 1: the client's request. Named here where the client left that to us, so that it can be repeated.
  absl::StatusOr<AuthorizationRequest> request = ParseAuthorizationRequest(message, call);
  if (!request.ok()) {
    scope.Ends(request.status());
    co_return request.status();
  }
  if (!request->request_id.has_value()) {
    doors_.random->Fill(absl::MakeSpan(request->request_id.emplace().bytes));
    request->issued_at = scope.received();
  }
  scope.Names(*request->request_id);
  absl::StatusOr<Decision> decision = co_await Authorize(call, *request, scope);
  scope.Ends(decision);
  if (!decision.ok()) co_return decision.status();
  co_return ToProto(*decision, *request);
}

async::Task<absl::StatusOr<Decision>> PartnerServer::Authorize(const Call& call, const AuthorizationRequest& request,
                                                               ops::DecisionScope& scope) {
  // Step 2: initial authorization check. The credential first: who has none learns nothing else.
  const absl::StatusOr<token::AccessToken> token = doors_.tokens->Verify(call.bearer_token);
  // Verifying may take longer than all else here. Calls that came meanwhile are verified, too, before this one goes on:
  // what is asked together is committed and signed together.
  co_await async::Yield(*call.executor);
  const token::Credential credential{!call.bearer_token.empty(), token, doors_.leeway};
  Decision check = CheckAccessToken(credential, request, scope.received());
  if (check.cause != Cause::kNone) co_return check;
  if (doors_.systems->SystemOf(request.partner_mc_service_id) != doors_.systems->own()) {
    co_return absl::InvalidArgumentError("partner_mc_service_id: not of this MC system");
  }

  // Step 3: identify the primary MC system from the MC service ID. Step 2: its user is expected here.
  const System* primary = IdentifyPrimarySystem(request.primary_mc_service_id);
  const absl::StatusOr<std::vector<migration::ExpectedVisitor>> expected = FindExpected(request, primary);
  if (!expected.ok()) co_return absl::UnavailableError("the expected-visitors list cannot be read");
  check = CheckInitialAuthorization({request.service, primary, *expected}, scope.received());
  if (check.cause != Cause::kNone) co_return check;
  const bool priority_user = IsPriorityUser(*expected, scope.received());
  if (absl::Status room = CheckRoom(call, request, priority_user); !room.ok()) co_return room;

  for (bool repeated = false;; repeated = true) {
    // Step 3: send the request to the gateway, or to the primary MC system. Step 10: the answer comes back.
    const uint64_t asked = fence_.Comparisons(primary->config.name());
    scope.BeginNextHop();
    absl::StatusOr<Decision> answer = co_await AskPrimary(call, request, *primary, priority_user);
    scope.EndNextHop();
    if (!answer.ok()) co_return answer.status();
    if (answer->cause != Cause::kNone) {
      // The first answer was a success: that nothing is recorded is not said by the second.
      if (repeated) {
        co_return absl::UnavailableError("outcome unknown: the primary has compared its register meanwhile");
      }
      co_return *answer;
    }
    // Step 11: the user is a visitor of this MC system, durably, before the client hears of it.
    const std::optional<ComparisonFence::Installing> installing = fence_.Begin(primary->config.name(), asked);
    if (installing) co_return co_await ServeVisitor(call, request, *primary, *answer, scope);
    // The primary compared its register with this one meanwhile, and may not know of this answer any more.
  }
}

const PartnerServer::System* PartnerServer::IdentifyPrimarySystem(
    const identity::McServiceId& primary_mc_service_id) const {
  const std::optional<identity::SystemName> name = doors_.systems->SystemOf(primary_mc_service_id);
  return name.has_value() ? doors_.systems->Find(*name) : nullptr;
}

absl::StatusOr<std::vector<migration::ExpectedVisitor>> PartnerServer::FindExpected(const AuthorizationRequest& request,
                                                                                    const System* primary) const {
  if (primary == nullptr) return std::vector<migration::ExpectedVisitor>();
  return doors_.visitors->FindExpected(KeyOf(request, *primary), request.primary_mc_service_id.domain());
}

protocol::PrimaryHop* PartnerServer::HopTo(const System& primary) const {
  if (doors_.gateway != nullptr) return doors_.gateway;
  const auto entry = doors_.entries.find(primary.config.name());
  return entry == doors_.entries.end() ? nullptr : entry->second;
}

async::Task<absl::StatusOr<Decision>> PartnerServer::AskPrimary(const Call& call, const AuthorizationRequest& request,
                                                                const System& primary, bool priority_user) {
  protocol::PrimaryHop* hop = HopTo(primary);
  if (hop == nullptr) co_return Decision{Cause::kNoAgreement, "step3.primary_system_has_entry", std::nullopt};
  if (hop == doors_.gateway) {
    if (!priority_user) co_return co_await AskWithRetry(*hop, call, request, *doors_.clock, doors_.retry);
    AuthorizationRequest marked = request;
    marked.emergency_share = protocol::EmergencyShare::kMayUse;
    co_return co_await AskWithRetry(*hop, call, marked, *doors_.clock, doors_.retry);
  }
  // NOTE 3: without topology hiding this server is the border, and the same may cross it.
  const AuthorizationRequest outside = border::RequestForOutside(request);
  std::optional<Call> marked;
  if (priority_user) marked.emplace(call).priority_user = true;
  const Call& onward = marked.has_value() ? *marked : call;
  absl::StatusOr<Decision> answer = co_await AskWithRetry(*hop, onward, outside, *doors_.clock, doors_.retry);
  if (!answer.ok()) co_return border::StatusFromOutside(answer.status());
  co_return border::DecisionFromOutside(*answer);
}

async::Task<absl::StatusOr<Decision>> PartnerServer::ServeVisitor(const Call& call, const AuthorizationRequest& request,
                                                                  const System& primary, Decision success,
                                                                  ops::DecisionScope& scope) const {
  if (!success.epoch.has_value()) co_return absl::InternalError("a success without an epoch");
  Call again = call;
  again.cancel = nullptr;
  again.deadline = doors_.clock->Now() + kEndAgain;

  // The primary MC service server says so itself, and not a gateway on the way (an extension).
  const AnswerTimes times{.asked = scope.received(), .now = doors_.clock->Now(), .clock_skew = doors_.clock_skew};
  const Standing granted = GrantStands(doors_.grants, primary, request, success, times);
  if (!granted.stands) {
    scope.FailsBy(granted.rule);
    LOG(WARNING) << "a success of MC system " << primary.config.name() << " does not stand: " << granted.rule;
    co_await EndUngranted(again, request, primary, success);
    co_return absl::UnavailableError("outcome unknown: the grant of the primary does not stand");
  }

  absl::StatusOr<Decision> served = co_await InstallVisitor(call, request, primary, success);
  if (served.ok()) co_return served;
  again.deadline = doors_.clock->Now() + kEndAgain;
  // The primary has recorded a user who is not served here: neither success nor "nothing recorded" is true. First here:
  // a write that failed may be there all the same, or an earlier visit, and would then be a visitor whom the primary
  // has taken back.
  const absl::Status gone = co_await EndVisit(again, KeyOf(request, primary), *success.epoch);
  if (!gone.ok()) {
    LOG(WARNING) << "a visit that failed could not be ended: " << gone.code();
    co_return served;
  }
  co_await EndAgain(again, request, primary, *success.epoch);
  co_return served;
}

async::Task<> PartnerServer::EndUngranted(const Call& call, const AuthorizationRequest& request, const System& primary,
                                          const Decision& success) const {
  const migration::VisitorKey key = KeyOf(request, primary);
  const std::optional<protocol::Epoch> granted = EpochGranted(doors_.grants, primary, request, success.grant);
  if (!granted) {
    // Nobody's word: the epoch could be that of another visit, or one out of reach. Where there is a visit,
    // reconciliation ends both in their order: a user who is at home again could be served elsewhere, and here, too.
    const absl::StatusOr<std::optional<migration::Visitor>> visitor = doors_.visitors->FindVisitor(key);
    if (visitor.ok() && !visitor->has_value()) co_await EndAgain(call, request, primary, *success.epoch);
    co_return;
  }
  // The primary's own word about this user, whatever the message beside it says: it has this epoch on record, and
  // earlier visits are over.
  const absl::Status gone = co_await EndVisit(call, key, *granted);
  if (gone.ok()) co_await EndAgain(call, request, primary, *granted);
}

async::Task<> PartnerServer::EndAgain(const Call& call, const AuthorizationRequest& request, const System& primary,
                                      protocol::Epoch epoch) const {
  // Whether the end is sent and arrives or not, reconciliation finds what is left.
  const protocol::EndRequest end{.user = UserOf(request), .epoch = epoch, .request_id = request.request_id};
  const absl::StatusOr<protocol::EndAnswer> ended = co_await HopTo(primary)->EndMigration(call, end);
  if (!ended.ok()) LOG(WARNING) << "a migration that cannot be served could not be ended: " << ended.status().code();
}

async::Task<absl::StatusOr<Decision>> PartnerServer::InstallVisitor(const Call& call,
                                                                    const AuthorizationRequest& request,
                                                                    const System& primary, Decision success) const {
  migration::Visit visit{.key = KeyOf(request, primary),
                         .visitor = {.epoch = *success.epoch,
                                     .primary_mc_service_id = request.primary_mc_service_id.received(),
                                     .partner_mc_service_id = request.partner_mc_service_id.received(),
                                     .profile_index = request.profile_index,
                                     .since = doors_.clock->Now(),
                                     .request_id = *request.request_id,
                                     .authorized_until = success.authorized_until}};
  absl::StatusOr<VisitOutcome> outcome = co_await doors_.visitors->Install(*call.executor, std::move(visit));
  if (!outcome.ok()) co_return absl::UnavailableError("outcome unknown: the visitor could not be installed");
  // The record has moved on since this answer; the primary tells so when the request is repeated.
  if (*outcome == VisitOutcome::kSuperseded || *outcome == VisitOutcome::kCancelled) {
    co_return absl::UnavailableError("outcome unknown: a later visit or the end of this one is known");
  }
  // For this server, not for the client.
  success.grant.clear();
  co_return success;
}

}  // namespace mcmig::partner_server
