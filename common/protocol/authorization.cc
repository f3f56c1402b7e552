#include "common/protocol/authorization.h"

#include <algorithm>
#include <cstddef>
#include <string>
#include <utility>

#include "absl/algorithm/container.h"
#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"

namespace mcmig::protocol {
namespace {

constexpr uint32_t kMaxProfileIndex = 255;
constexpr size_t kMaxSystemNameBytes = 64;
// The range of google.protobuf.Timestamp: years 1 to 9999.
constexpr int64_t kMinTimestampSeconds = -62135596800;
constexpr int64_t kMaxTimestampSeconds = 253402300799;
constexpr int32_t kNanosPerSecond = 1'000'000'000;

// `violation` never repeats what was received: texts reach logs and other systems.
absl::Status Violation(absl::string_view field, absl::string_view violation) {
  return absl::InvalidArgumentError(absl::StrCat(field, ": ", violation));
}

absl::StatusOr<identity::McServiceId> ParseId(absl::string_view bytes, absl::string_view field) {
  if (bytes.empty()) return Violation(field, "must be set");
  absl::StatusOr<identity::McServiceId> id = identity::McServiceId::Parse(bytes);
  if (!id.ok()) return Violation(field, id.status().message());
  return id;
}

absl::StatusOr<absl::Time> ParseIssuedAt(const google::protobuf::Timestamp& timestamp) {
  if (timestamp.seconds() < kMinTimestampSeconds || timestamp.seconds() > kMaxTimestampSeconds) {
    return Violation("issued_at.seconds", "out of range");
  }
  if (timestamp.nanos() < 0 || timestamp.nanos() >= kNanosPerSecond) {
    return Violation("issued_at.nanos", "out of range");
  }
  return absl::FromUnixSeconds(timestamp.seconds()) + absl::Nanoseconds(timestamp.nanos());
}

bool IsSystemName(absl::string_view name) {
  return !name.empty() && name.size() <= kMaxSystemNameBytes && absl::c_all_of(name, [](char c) {
    return absl::ascii_islower(c) || absl::ascii_isdigit(c) || c == '.' || c == '-';
  });
}

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
  const absl::StatusOr<absl::Time> issued_at = ParseIssuedAt(message.issued_at());
  if (!issued_at.ok()) return issued_at.status();
  request.request_id = *id;
  request.issued_at = *issued_at;
  return absl::OkStatus();
}

// Believing this field from anyone else would let a peer act as another MC system.
absl::Status ParseAuthenticatedPeer(const std::string& system, const Call& call, AuthorizationRequest& request) {
  constexpr absl::string_view kField = "authenticated_peer_system";
  const bool from_own_gateway =
      call.listener == identity::Listener::kInside && call.peer.own && call.peer.role == identity::Role::kGateway;
  if (!from_own_gateway) {
    if (system.empty()) return absl::OkStatus();
    return Violation(kField, "only the own gateway may set it, inside");
  }
  if (system.empty()) return Violation(kField, "must be set by the gateway");
  if (!IsSystemName(system)) return Violation(kField, "is not a system name");
  request.authenticated_peer_system = system;
  return absl::OkStatus();
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
  if (absl::Status status = ParseAuthenticatedPeer(message.authenticated_peer_system(), call, request); !status.ok()) {
    return status;
  }
  return request;
}

v1::MigrationServiceAuthorizationRequest ToProto(const AuthorizationRequest& request) {
  v1::MigrationServiceAuthorizationRequest message;
  message.set_partner_mc_service_id(request.partner_mc_service_id.received());
  message.set_primary_mc_service_id(request.primary_mc_service_id.received());
  message.set_mc_service_user_profile_index(request.profile_index);
  message.set_mc_service(ToProto(request.service));
  if (request.request_id.has_value()) message.set_request_id(request.request_id->ToBytes());
  if (request.issued_at.has_value()) {
    const int64_t seconds = absl::ToUnixSeconds(*request.issued_at);
    message.mutable_issued_at()->set_seconds(seconds);
    message.mutable_issued_at()->set_nanos(
        static_cast<int32_t>(absl::ToInt64Nanoseconds(*request.issued_at - absl::FromUnixSeconds(seconds))));
  }
  if (request.authenticated_peer_system.has_value()) {
    message.set_authenticated_peer_system(*request.authenticated_peer_system);
  }
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
    return Decision{.cause = Cause::kNone, .rule = "next_hop.success", .epoch = epoch};
  }
  if (message.result() != v1::MIGRATION_RESULT_FAILURE) return BadAnswer("no result");
  if (message.has_epoch()) return BadAnswer("failure with an epoch");
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
  }
  if (request.request_id.has_value()) message.set_request_id(request.request_id->ToBytes());
  return message;
}

}  // namespace mcmig::protocol
