#include "common/protocol/authorization.h"

#include <algorithm>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "common/protocol/fields.h"
#include "common/protocol/timestamp.h"

namespace mcmig::protocol {
namespace {

constexpr uint32_t kMaxProfileIndex = 255;
// request_id and issued_at, which name the request for repetition.
absl::Status ParseRepetition(const v1::MigrationServiceAuthorizationRequest& message, const Call& call,
                             AuthorizationRequest& request) {
  const bool mandatory = call.listener != identity::Listener::kClient;
  if (message.request_id().empty()) {
    if (mandatory) return Violation("request_id", "must be set between servers");
    if (message.has_issued_at()) return Violation("request_id", "must be set beside issued_at");
    return absl::OkStatus();
  }
  const absl::StatusOr<RequestId> id = RequestId::Of(message.request_id());
  if (!id.ok()) return Violation("request_id", id.status().message());
  if (!message.has_issued_at()) return Violation("issued_at", "must be set beside request_id");
  const absl::StatusOr<absl::Time> issued_at = ParseTimestamp(message.issued_at(), "issued_at");
  if (!issued_at.ok()) return issued_at.status();
  request.request_id = *id;
  request.issued_at = *issued_at;
  return absl::OkStatus();
}

// Outside, and from clients, nobody has a word in it.
absl::StatusOr<EmergencyShare> ParseEmergencyShare(v1::EmergencyShare share, const Call& call) {
  const bool own_inside = call.listener == identity::Listener::kInside && call.peer.own;
  switch (static_cast<int>(share)) {
    case v1::EMERGENCY_SHARE_UNSPECIFIED:
      return EmergencyShare::kNothing;
    case v1::EMERGENCY_SHARE_MAY_USE:
      if (own_inside && call.peer.role == identity::Role::kPartnerServer) return EmergencyShare::kMayUse;
      break;
    case v1::EMERGENCY_SHARE_ONLY:
      if (own_inside && call.peer.role == identity::Role::kGateway) return EmergencyShare::kOnly;
      break;
    default:
      return Violation("emergency_share", "unknown number");
  }
  return Violation("emergency_share", "is not for this peer to say");
}

absl::Status BadAnswer(absl::string_view violation) {
  return absl::InternalError(absl::StrCat("unusable answer: ", violation));
}

}  // namespace

absl::string_view McServiceName(McService service) {
  switch (service) {
    case McService::kMcptt:
      return "MCPTT";
    case McService::kMcvideo:
      return "MCVideo";
    case McService::kMcdata:
      return "MCData";
  }
  return "unknown";
}

absl::StatusOr<McService> ParseMcService(v1::McService service, absl::string_view field) {
  switch (static_cast<int>(service)) {
    case v1::MC_SERVICE_UNSPECIFIED:
      return Violation(field, "must be set");
    case v1::MC_SERVICE_MCPTT:
      return McService::kMcptt;
    case v1::MC_SERVICE_MCVIDEO:
      return McService::kMcvideo;
    case v1::MC_SERVICE_MCDATA:
      return McService::kMcdata;
    default:
      return Violation(field, "unknown MC service");
  }
}

v1::McService ToProto(McService service) {
  switch (service) {
    case McService::kMcptt:
      return v1::MC_SERVICE_MCPTT;
    case McService::kMcvideo:
      return v1::MC_SERVICE_MCVIDEO;
    case McService::kMcdata:
      return v1::MC_SERVICE_MCDATA;
  }
  return v1::MC_SERVICE_UNSPECIFIED;
}

absl::StatusOr<RequestId> RequestId::Of(absl::string_view bytes) {
  if (bytes.size() != kBytes) return absl::InvalidArgumentError("must be 16 bytes");
  RequestId id;
  std::copy(bytes.begin(), bytes.end(), id.bytes.begin());
  return id;
}

std::string RequestId::ToBytes() const { return {bytes.begin(), bytes.end()}; }

std::string RequestId::Hex() const { return absl::BytesToHexString(ToBytes()); }

v1::MigrationEpoch ToProto(const Epoch& epoch) {
  v1::MigrationEpoch message;
  message.set_incarnation(epoch.incarnation);
  message.set_counter(epoch.counter);
  return message;
}

Epoch FromProto(const v1::MigrationEpoch& epoch) {
  return {.incarnation = epoch.incarnation(), .counter = epoch.counter()};
}

absl::StatusOr<AuthorizationRequest> ParseAuthorizationRequest(const v1::MigrationServiceAuthorizationRequest& message,
                                                               const Call& call) {
  absl::StatusOr<identity::McServiceId> partner_id = ParseId(message.partner_mc_service_id(), "partner_mc_service_id");
  if (!partner_id.ok()) return partner_id.status();
  absl::StatusOr<identity::McServiceId> primary_id = ParseId(message.primary_mc_service_id(), "primary_mc_service_id");
  if (!primary_id.ok()) return primary_id.status();
  if (!message.has_mc_service_user_profile_index()) {
    return Violation("mc_service_user_profile_index", "must be set");
  }
  if (message.mc_service_user_profile_index() > kMaxProfileIndex) {
    return Violation("mc_service_user_profile_index", "must be at most 255");
  }
  const absl::StatusOr<McService> service = ParseMcService(message.mc_service(), "mc_service");
  if (!service.ok()) return service.status();

  AuthorizationRequest request = {.partner_mc_service_id = *std::move(partner_id),
                                  .primary_mc_service_id = *std::move(primary_id),
                                  .profile_index = static_cast<uint8_t>(message.mc_service_user_profile_index()),
                                  .service = *service};
  if (absl::Status status = ParseRepetition(message, call, request); !status.ok()) return status;
  absl::StatusOr<std::optional<identity::SystemName>> peer =
      ParseAuthenticatedPeer(message.authenticated_peer_system(), call);
  if (!peer.ok()) return peer.status();
  request.authenticated_peer_system = *std::move(peer);
  if (message.primary_credential().size() > kMaxCredentialBytes) {
    return Violation("primary_credential", "must be at most 8 KiB");
  }
  request.primary_credential = message.primary_credential();
  const absl::StatusOr<EmergencyShare> share = ParseEmergencyShare(message.emergency_share(), call);
  if (!share.ok()) return share.status();
  request.emergency_share = *share;
  return request;
}

v1::MigrationServiceAuthorizationRequest ToProto(const AuthorizationRequest& request) {
  v1::MigrationServiceAuthorizationRequest message;
  message.set_partner_mc_service_id(request.partner_mc_service_id.received());
  message.set_primary_mc_service_id(request.primary_mc_service_id.received());
  message.set_mc_service_user_profile_index(request.profile_index);
  message.set_mc_service(ToProto(request.service));
  if (request.request_id.has_value()) message.set_request_id(request.request_id->ToBytes());
  if (request.issued_at.has_value()) *message.mutable_issued_at() = ToTimestamp(*request.issued_at);
  if (request.authenticated_peer_system.has_value()) {
    message.set_authenticated_peer_system(*request.authenticated_peer_system);
  }
  message.set_primary_credential(request.primary_credential);
  message.set_emergency_share(static_cast<v1::EmergencyShare>(request.emergency_share));
  return message;
}

absl::StatusOr<Decision> ParseAuthorizationResponse(const v1::MigrationServiceAuthorizationResponse& message,
                                                    const AuthorizationRequest& sent) {
  if (message.partner_mc_service_id() != sent.partner_mc_service_id.received() ||
      message.primary_mc_service_id() != sent.primary_mc_service_id.received()) {
    return BadAnswer("not for the IDs sent");
  }
  if (sent.request_id.has_value() && !message.request_id().empty() &&
      message.request_id() != sent.request_id->ToBytes()) {
    return BadAnswer("not for the request_id sent");
  }
  const int number = message.refusal_cause();
  if (message.result() == v1::MIGRATION_RESULT_SUCCESS) {
    if (number != v1::REFUSAL_CAUSE_UNSPECIFIED) return BadAnswer("success with a cause");
    const Epoch epoch = FromProto(message.epoch());
    if (epoch.incarnation == 0 || epoch.counter == 0) return BadAnswer("success without an epoch");
    if (message.grant().size() > kMaxSignedBytes) return BadAnswer("grant is too long");
    Decision decision{.cause = Cause::kNone, .rule = "next_hop.success", .epoch = epoch};
    decision.grant = message.grant();
    if (!message.has_authorized_until()) return decision;
    const absl::StatusOr<absl::Time> until = ParseTimestamp(message.authorized_until(), "authorized_until");
    if (!until.ok()) return BadAnswer("success without a time to end at");
    decision.authorized_until = *until;
    return decision;
  }
  if (message.result() != v1::MIGRATION_RESULT_FAILURE) return BadAnswer("no result");
  if (message.has_epoch()) return BadAnswer("failure with an epoch");
  if (!message.grant().empty()) return BadAnswer("failure with a grant");
  const Cause cause = CauseOfNumber(number);
  return Decision{.cause = cause == Cause::kNone ? Cause::kNotAuthorizedByPrimary : cause, .rule = "next_hop.failure"};
}

v1::MigrationServiceAuthorizationResponse ToProto(const Decision& decision, const AuthorizationRequest& request) {
  v1::MigrationServiceAuthorizationResponse message;
  message.set_partner_mc_service_id(request.partner_mc_service_id.received());
  message.set_primary_mc_service_id(request.primary_mc_service_id.received());
  if (decision.cause != Cause::kNone) {
    message.set_result(v1::MIGRATION_RESULT_FAILURE);
    message.set_refusal_cause(static_cast<v1::RefusalCause>(InfoOf(decision.cause).number));
  } else if (decision.epoch.has_value()) {
    message.set_result(v1::MIGRATION_RESULT_SUCCESS);
    *message.mutable_epoch() = ToProto(*decision.epoch);
    if (decision.authorized_until != absl::InfiniteFuture()) {
      *message.mutable_authorized_until() = ToTimestamp(decision.authorized_until);
    }
    message.set_grant(decision.grant);
  }
  if (request.request_id.has_value()) message.set_request_id(request.request_id->ToBytes());
  return message;
}

}  // namespace mcmig::protocol
