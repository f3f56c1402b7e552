#include <glog/logging.h>

#include <optional>
#include <utility>

#include "absl/types/span.h"
#include "common/admin/page.h"
#include "common/async/sleep.h"
#include "common/border/messages.h"
#include "common/border/status.h"
#include "common/protocol/authenticated_system.h"
#include "common/protocol/timestamp.h"
#include "services/partner_server/initial_authorization.h"
#include "services/partner_server/partner_server.h"

// What follows a migration; extensions.
namespace mcmig::partner_server {
namespace {

using identity::SystemName;
using protocol::Call;
using protocol::CancelRequest;
using protocol::Cause;
using protocol::Decision;
using protocol::EndAnswer;
using protocol::EndRequest;
using protocol::EndResult;
using protocol::ReconcilePage;

constexpr absl::Duration kSettling = absl::Milliseconds(10);

v1::GetMigrationStatusResponse StatusOf(const migration::Visitor& visitor) {
  v1::GetMigrationStatusResponse response;
  response.set_served(true);
  *response.mutable_epoch() = ToProto(visitor.epoch);
  response.set_mc_service_user_profile_index(visitor.profile_index);
  *response.mutable_since() = protocol::ToTimestamp(visitor.since);
  if (visitor.authorized_until != absl::InfiniteFuture()) {
    *response.mutable_authorized_until() = protocol::ToTimestamp(visitor.authorized_until);
  }
  return response;
}

}  // namespace

async::Task<absl::StatusOr<v1::EndMigrationResponse>> PartnerServer::EndMigration(
    const Call& call, const v1::EndMigrationRequest& message) {
  ops::DecisionScope scope(end_source_, call);
  absl::StatusOr<EndRequest> request = ParseEndRequest(message, call);
  if (!request.ok()) {
    scope.Ends(request.status());
    co_return request.status();
  }
  if (!request->request_id) doors_.random->Fill(absl::MakeSpan(request->request_id.emplace().bytes));
  scope.Names(*request->request_id);
  const absl::StatusOr<EndAnswer> answer = co_await End(call, *request, scope);
  if (!answer.ok()) {
    scope.Ends(answer.status());
    co_return answer.status();
  }
  scope.Ends(answer->decision());
  co_return ToProto(*answer);
}

async::Task<absl::StatusOr<EndAnswer>> PartnerServer::End(const Call& call, const EndRequest& request,
                                                          ops::DecisionScope& scope) {
  // The credential first, as in step 2.
  const absl::StatusOr<Decision> check = CheckHolder(call, request.user);
  if (!check.ok()) co_return check.status();
  if (check->cause != Cause::kNone) {
    co_return EndAnswer{.result = EndResult::kRefused, .rule = check->rule, .cause = check->cause};
  }
  const System* primary = IdentifyPrimarySystem(request.user.primary_mc_service_id);
  protocol::PrimaryHop* hop = primary == nullptr || primary->own ? nullptr : HopTo(*primary);
  if (hop == nullptr) co_return EndAnswer{.rule = "end.primary_system_has_entry"};

  // The user is served here no more, durably, before the primary is asked. Only an epoch that is installed: any other
  // comes from the client alone, and one that is out of reach would keep the user out for ever.
  const migration::VisitorKey key{primary->config.name(),
                                  {request.user.primary_mc_service_id.canonical(), request.user.service}};
  const absl::StatusOr<std::optional<migration::Visitor>> visitor = doors_.visitors->FindVisitor(key);
  if (!visitor.ok()) co_return absl::UnavailableError("the visitor register cannot be read");
  const bool installed = visitor->has_value() && (*visitor)->epoch == request.epoch;
  if (installed) {
    const absl::Status removed = co_await EndVisit(call, key, request.epoch);
    if (!removed.ok()) co_return removed;
  }

  // The primary MC system takes the user back.
  scope.BeginNextHop();
  const EndRequest onwards = border::RequestForOutside(request);
  absl::StatusOr<EndAnswer> answer = co_await EndWithRetry(*hop, call, onwards, *doors_.clock, doors_.retry);
  scope.EndNextHop();
  if (!answer.ok() && installed) {
    // Whatever the primary says: the visit has ended here, and "nothing recorded" would not be true.
    co_return absl::UnavailableError("the user is served here no more; whether the primary knows is unknown");
  }
  if (!answer.ok()) co_return hop == doors_.gateway ? answer.status() : border::StatusFromOutside(answer.status());
  answer = border::AnswerFromOutside(*answer);
  if (!answer.ok()) co_return answer.status();
  // Where it was not installed: its answer may still be on its way, and an earlier visit is over; so is whichever visit
  // was known here where the primary has none on record, as after an answer that was lost.
  std::optional<protocol::Epoch> over;
  if (!installed && answer->result == EndResult::kEnded) over = request.epoch;
  if (!installed && answer->result == EndResult::kNotOnRecord && visitor->has_value()) over = (*visitor)->epoch;
  if (over) {
    const absl::Status ended = co_await EndVisit(call, key, *over);
    if (!ended.ok()) co_return ended;
  }
  co_return answer;
}

async::Task<absl::Status> PartnerServer::EndVisit(const Call& call, migration::VisitorKey key,
                                                  protocol::Epoch epoch) const {
  migration::CancelVisit cancel{.key = std::move(key), .epoch = epoch, .at = doors_.clock->Now()};
  const absl::StatusOr<migration::VisitOutcome> ended =
      co_await doors_.visitors->Cancel(*call.executor, std::move(cancel));
  co_return ended.status();
}

absl::StatusOr<Decision> PartnerServer::CheckHolder(const Call& call, const protocol::MigratingUser& user) const {
  const absl::StatusOr<token::AccessToken> token = doors_.tokens->Verify(call.bearer_token);
  const token::Credential credential{!call.bearer_token.empty(), token, doors_.leeway};
  Decision check = CheckAccessToken(credential, user, doors_.clock->Now());
  if (check.cause != Cause::kNone) return check;
  if (doors_.systems->SystemOf(user.partner_mc_service_id) != doors_.systems->own()) {
    return absl::InvalidArgumentError("partner_mc_service_id: not of this MC system");
  }
  return check;
}

async::Task<absl::StatusOr<v1::GetMigrationStatusResponse>> PartnerServer::GetMigrationStatus(
    const Call& call, const v1::GetMigrationStatusRequest& message) {
  const absl::StatusOr<protocol::MigratingUser> user = protocol::ParseStatusRequest(message);
  if (!user.ok()) co_return user.status();
  const absl::StatusOr<Decision> check = CheckHolder(call, *user);
  if (!check.ok()) co_return check.status();
  v1::GetMigrationStatusResponse response;
  if (check->cause != Cause::kNone) {
    response.set_refusal_cause(static_cast<v1::RefusalCause>(InfoOf(check->cause).number));
    co_return response;
  }
  const System* primary = IdentifyPrimarySystem(user->primary_mc_service_id);
  if (primary == nullptr) co_return response;
  // What a register that was restored says may be over.
  if (absl::Status open = doors_.visitors->gate().Check(primary->config.name()); !open.ok()) co_return open;
  const absl::StatusOr<std::optional<migration::Visitor>> visitor =
      doors_.visitors->FindVisitor({primary->config.name(), {user->primary_mc_service_id.canonical(), user->service}});
  if (!visitor.ok()) co_return absl::UnavailableError("the visitor register cannot be read");
  if (!visitor->has_value() || !MayBeServed(**visitor, doors_.clock->Now(), doors_.clock_skew)) co_return response;
  co_return StatusOf(**visitor);
}

async::Task<absl::StatusOr<v1::CancelMigrationResponse>> PartnerServer::CancelMigration(
    const Call& call, const v1::CancelMigrationRequest& message) {
  ops::DecisionScope scope(cancel_source_, call);
  absl::StatusOr<CancelRequest> request = ParseCancelRequest(message, call);
  absl::Status status = request.status();
  if (status.ok()) status = co_await Cancel(call, *request, scope);
  if (!status.ok()) {
    scope.Ends(status);
    co_return border::StatusFor(call.listener, status);
  }
  scope.Ends(Decision{.rule = "cancel.noted"});
  co_return v1::CancelMigrationResponse();
}

async::Task<absl::Status> PartnerServer::Cancel(const Call& call, const CancelRequest& request,
                                                ops::DecisionScope& scope) {
  const std::optional<SystemName> primary = AuthenticatedSystem(call, request.authenticated_peer_system);
  if (!primary || doors_.systems->SystemOf(request.primary_mc_service_id) != primary) {
    co_return absl::PermissionDeniedError("primary_mc_service_id: not of the calling MC system");
  }
  // Its MC service server says so itself, and not a gateway on the way.
  const Cancelled cancelled{
      .primary_mc_service_id = request.primary_mc_service_id, .service = request.service, .epoch = request.epoch};
  const Standing standing =
      CancelStands(doors_.grants, *doors_.systems->Find(*primary), cancelled, request.signed_cancel);
  if (!standing.stands) {
    scope.FailsBy(standing.rule);
    LOG(WARNING) << "a cancel of MC system " << *primary << " does not stand: " << standing.rule;
    co_return absl::PermissionDeniedError("signed_cancel: does not stand for this cancel");
  }
  co_return co_await EndVisit(call, {*primary, {request.primary_mc_service_id.canonical(), request.service}},
                              request.epoch);
}

async::Task<absl::StatusOr<v1::ReconcileMigrationsResponse>> PartnerServer::ReconcileMigrations(
    const Call& call, const v1::ReconcileMigrationsRequest& message) {
  const absl::StatusOr<ReconcilePage> page = co_await ListVisitors(call, message);
  if (!page.ok()) co_return border::StatusFor(call.listener, page.status());
  co_return ToProto(*page);
}

async::Task<absl::Status> PartnerServer::Settle(const Call& call, const SystemName& primary) {
  fence_.Raise(primary);
  while (!fence_.Settled(primary)) {
    // As long as a commit takes.
    const absl::Time next = doors_.clock->Now() + kSettling;
    const bool reached = next < call.deadline && co_await async::Sleep(*call.executor, next, call.cancel);
    if (!reached) co_return absl::UnavailableError("visitors are being recorded");
  }
  co_return absl::OkStatus();
}

async::Task<absl::StatusOr<ReconcilePage>> PartnerServer::ListVisitors(const Call& call,
                                                                       const v1::ReconcileMigrationsRequest& message) {
  const absl::StatusOr<protocol::ReconcileRequest> request = ParseReconcileRequest(message, call);
  if (!request.ok()) co_return request.status();
  const std::optional<SystemName> primary = AuthenticatedSystem(call, request->authenticated_peer_system);
  // An empty name would list the visitors of all systems.
  if (!primary || doors_.systems->Find(*primary) == nullptr || *primary == doors_.systems->own()) {
    co_return absl::PermissionDeniedError("the caller is no primary MC system");
  }
  ReconcilePage page;
  if (request->user) {
    // A user of another MC system is no visitor of this one.
    const auto visitor = doors_.visitors->FindVisitor(
        {*primary, {request->user->primary_mc_service_id.canonical(), request->user->service}});
    if (!visitor.ok()) co_return absl::UnavailableError("the visitor register cannot be read");
    if (visitor->has_value()) page.entries.push_back({.user = *request->user, .epoch = (*visitor)->epoch});
    co_return page;
  }
  const absl::StatusOr<admin::Page> asked = admin::ParsePage(request->page_size, request->page_token);
  if (!asked.ok()) co_return asked.status();
  if (request->page_token.empty()) {
    if (absl::Status settled = co_await Settle(call, *primary); !settled.ok()) co_return settled;
  }
  const absl::StatusOr<migration::VisitorStore::VisitorPage> visitors =
      doors_.visitors->ListVisitors(*primary, asked->after, asked->limit);
  if (!visitors.ok()) co_return absl::UnavailableError("the visitor register cannot be read");
  for (const migration::Visit& visit : visitors->entries) {
    absl::Status added = page.Add(visit.visitor.partner_mc_service_id, visit.visitor.primary_mc_service_id,
                                  visit.key.user.service, visit.visitor.epoch);
    if (!added.ok()) co_return added;
  }
  page.next_page_token = admin::PageToken(visitors->next);
  co_return page;
}

}  // namespace mcmig::partner_server
