#include "common/border/messages.h"

#include "absl/status/status.h"
#include "common/protocol/cause.h"

namespace mcmig::border {
namespace {

using protocol::Cause;

Cause SayableByPrimary(Cause cause) {
  switch (cause) {
    case Cause::kNone:
    case Cause::kNoAgreement:
    case Cause::kConcurrent:
    case Cause::kReplayed:
    case Cause::kSuperseded:
    case Cause::kStaleRequest:
      return cause;
    default:
      return Cause::kNotAuthorizedByPrimary;
  }
}

protocol::Decision Rebuild(Cause cause, const char* rule, const protocol::Decision& from) {
  protocol::Decision decision{.cause = cause, .rule = rule};
  if (cause != Cause::kNone) return decision;
  decision.epoch = from.epoch;
  decision.authorized_until = from.authorized_until;
  decision.grant = from.grant;
  return decision;
}

}  // namespace

protocol::AuthorizationRequest RequestForOutside(const protocol::AuthorizationRequest& request) {
  return {.partner_mc_service_id = request.partner_mc_service_id,
          .primary_mc_service_id = request.primary_mc_service_id,
          .profile_index = request.profile_index,
          .service = request.service,
          .request_id = request.request_id,
          .issued_at = request.issued_at,
          .primary_credential = request.primary_credential};
}

protocol::EndRequest RequestForOutside(const protocol::EndRequest& request) {
  return {.user = request.user, .epoch = request.epoch, .request_id = request.request_id};
}

protocol::CancelRequest RequestForOutside(const protocol::CancelRequest& request) {
  return {.primary_mc_service_id = request.primary_mc_service_id,
          .service = request.service,
          .epoch = request.epoch,
          .signed_cancel = request.signed_cancel};
}

protocol::ReconcileRequest RequestForOutside(const protocol::ReconcileRequest& request) {
  return {
      .page_size = request.page_size, .page_token = request.page_token, .user = request.user, .epoch = request.epoch};
}

protocol::Decision DecisionForOutside(const protocol::Decision& decision) {
  return Rebuild(protocol::InfoOf(decision.cause).public_form, "border.public_form", decision);
}

protocol::Decision DecisionFromOutside(const protocol::Decision& decision) {
  return Rebuild(SayableByPrimary(decision.cause), "border.peer_decision", decision);
}

absl::StatusOr<protocol::EndAnswer> AnswerFromOutside(const protocol::EndAnswer& answer) {
  if (answer.result == protocol::EndResult::kRefused) return absl::InternalError("refused by a primary MC system");
  return answer;
}

}  // namespace mcmig::border
