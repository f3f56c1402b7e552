#include "common/protocol/lifecycle.h"

#include <cstddef>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "common/protocol/fields.h"

namespace mcmig::protocol {
namespace {

using identity::SystemName;

constexpr int kMaxEntries = 1000;
constexpr size_t kMaxTokenBytes = 4096;

absl::Status BadAnswer(absl::string_view violation) {
  return absl::InternalError(absl::StrCat("unusable answer: ", violation));
}

template <class Message>
absl::StatusOr<MigratingUser> ParseUser(const Message& message) {
  absl::StatusOr<identity::McServiceId> partner = ParseId(message.partner_mc_service_id(), "partner_mc_service_id");
  if (!partner.ok()) return partner.status();
  absl::StatusOr<identity::McServiceId> primary = ParseId(message.primary_mc_service_id(), "primary_mc_service_id");
  if (!primary.ok()) return primary.status();
  const absl::StatusOr<McService> service = ParseMcService(message.mc_service(), "mc_service");
  if (!service.ok()) return service.status();
  return MigratingUser{*std::move(partner), *std::move(primary), *service};
}

template <class Message>
void SetUser(const MigratingUser& user, Message& message) {
  message.set_partner_mc_service_id(user.partner_mc_service_id.received());
  message.set_primary_mc_service_id(user.primary_mc_service_id.received());
  message.set_mc_service(ToProto(user.service));
}

absl::StatusOr<Epoch> ParseEpoch(const v1::MigrationEpoch& message, absl::string_view field) {
  const Epoch epoch = FromProto(message);
  if (epoch.incarnation == 0 || epoch.counter == 0) return Violation(field, "both parts must be at least 1");
  return epoch;
}

// A system that an own MC service server names to its gateway: mandatory from it, refused from anyone else, who could
// choose where this gateway sends to.
absl::StatusOr<std::optional<SystemName>> ParseAskedSystem(const std::string& system, const Call& call,
                                                           absl::string_view field) {
  const bool from_own_server =
      call.listener == identity::Listener::kInside && call.peer.own && call.peer.role != identity::Role::kGateway;
  if (!from_own_server) {
    if (system.empty()) return std::optional<SystemName>();
    return Violation(field, "only an own MC service server may set it, inside");
  }
  if (!IsSystemName(system)) return Violation(field, "must be the name of an MC system");
  return std::optional<SystemName>(system);
}

}  // namespace

MigratingUser UserOf(const AuthorizationRequest& request) {
  return {request.partner_mc_service_id, request.primary_mc_service_id, request.service};
}

absl::StatusOr<EndRequest> ParseEndRequest(const v1::EndMigrationRequest& message, const Call& call) {
  absl::StatusOr<MigratingUser> user = ParseUser(message);
  if (!user.ok()) return user.status();
  const absl::StatusOr<Epoch> epoch = ParseEpoch(message.epoch(), "epoch");
  if (!epoch.ok()) return epoch.status();
  EndRequest request{.user = *std::move(user), .epoch = *epoch};
  if (!message.request_id().empty()) {
    const absl::StatusOr<RequestId> id = RequestId::Of(message.request_id());
    if (!id.ok()) return Violation("request_id", id.status().message());
    request.request_id = *id;
  } else if (call.listener != identity::Listener::kClient) {
    return Violation("request_id", "must be set between servers");
  }
  absl::StatusOr<std::optional<SystemName>> peer = ParseAuthenticatedPeer(message.authenticated_peer_system(), call);
  if (!peer.ok()) return peer.status();
  request.authenticated_peer_system = *std::move(peer);
  return request;
}

v1::EndMigrationRequest ToProto(const EndRequest& request) {
  v1::EndMigrationRequest message;
  SetUser(request.user, message);
  *message.mutable_epoch() = ToProto(request.epoch);
  if (request.request_id.has_value()) message.set_request_id(request.request_id->ToBytes());
  if (request.authenticated_peer_system) message.set_authenticated_peer_system(*request.authenticated_peer_system);
  return message;
}

absl::StatusOr<EndAnswer> ParseEndResponse(const v1::EndMigrationResponse& message) {
  const bool stale = message.result() == v1::END_RESULT_STALE;
  if (stale != message.has_current_epoch()) return BadAnswer("current_epoch where not stale, or stale without");
  switch (static_cast<int>(message.result())) {
    case v1::END_RESULT_ENDED:
      return EndAnswer{.result = EndResult::kEnded, .rule = "next_hop.ended"};
    case v1::END_RESULT_STALE:
      return EndAnswer{
          .result = EndResult::kStale, .rule = "next_hop.stale", .current = FromProto(message.current_epoch())};
    case v1::END_RESULT_NOT_ON_RECORD:
      return EndAnswer{.result = EndResult::kNotOnRecord, .rule = "next_hop.not_on_record"};
    case v1::END_RESULT_REFUSED: {
      const Cause cause = CauseOfNumber(message.refusal_cause());
      if (cause == Cause::kNone) return BadAnswer("refused without a cause");
      return EndAnswer{.result = EndResult::kRefused, .rule = "next_hop.refused", .cause = cause};
    }
    default:
      return BadAnswer("no result");
  }
}

v1::EndMigrationResponse ToProto(const EndAnswer& answer) {
  v1::EndMigrationResponse message;
  message.set_result(static_cast<v1::EndResult>(answer.result));
  if (answer.result == EndResult::kStale && answer.current) *message.mutable_current_epoch() = ToProto(*answer.current);
  if (answer.result == EndResult::kRefused) {
    message.set_refusal_cause(static_cast<v1::RefusalCause>(InfoOf(answer.cause).number));
  }
  return message;
}

absl::StatusOr<MigratingUser> ParseStatusRequest(const v1::GetMigrationStatusRequest& message) {
  return ParseUser(message);
}

v1::GetMigrationStatusRequest ToStatusRequest(const MigratingUser& user) {
  v1::GetMigrationStatusRequest message;
  SetUser(user, message);
  return message;
}

absl::StatusOr<CancelRequest> ParseCancelRequest(const v1::CancelMigrationRequest& message, const Call& call) {
  absl::StatusOr<identity::McServiceId> id = ParseId(message.primary_mc_service_id(), "primary_mc_service_id");
  if (!id.ok()) return id.status();
  const absl::StatusOr<McService> service = ParseMcService(message.mc_service(), "mc_service");
  if (!service.ok()) return service.status();
  const absl::StatusOr<Epoch> epoch = ParseEpoch(message.epoch(), "epoch");
  if (!epoch.ok()) return epoch.status();
  absl::StatusOr<std::optional<SystemName>> partner =
      ParseAskedSystem(message.partner_system(), call, "partner_system");
  if (!partner.ok()) return partner.status();
  absl::StatusOr<std::optional<SystemName>> peer = ParseAuthenticatedPeer(message.authenticated_peer_system(), call);
  if (!peer.ok()) return peer.status();
  if (message.signed_cancel().size() > kMaxSignedBytes) return Violation("signed_cancel", "must be at most 8 KiB");
  return CancelRequest{.primary_mc_service_id = *std::move(id),
                       .service = *service,
                       .epoch = *epoch,
                       .partner_system = *std::move(partner),
                       .authenticated_peer_system = *std::move(peer),
                       .signed_cancel = message.signed_cancel()};
}

v1::CancelMigrationRequest ToProto(const CancelRequest& request) {
  v1::CancelMigrationRequest message;
  message.set_primary_mc_service_id(request.primary_mc_service_id.received());
  message.set_mc_service(ToProto(request.service));
  *message.mutable_epoch() = ToProto(request.epoch);
  if (request.partner_system) message.set_partner_system(*request.partner_system);
  if (request.authenticated_peer_system) message.set_authenticated_peer_system(*request.authenticated_peer_system);
  message.set_signed_cancel(request.signed_cancel);
  return message;
}

absl::StatusOr<ReconcileRequest> ParseReconcileRequest(const v1::ReconcileMigrationsRequest& message,
                                                       const Call& call) {
  absl::StatusOr<std::optional<SystemName>> asked = ParseAskedSystem(message.asked_system(), call, "asked_system");
  if (!asked.ok()) return asked.status();
  absl::StatusOr<std::optional<SystemName>> peer = ParseAuthenticatedPeer(message.authenticated_peer_system(), call);
  if (!peer.ok()) return peer.status();
  if (message.page_size() > kMaxEntries) return Violation("page_size", "must be at most 1000");
  if (message.page_token().size() > kMaxTokenBytes) return Violation("page_token", "is too long");
  ReconcileRequest request{.asked_system = *std::move(asked),
                           .authenticated_peer_system = *std::move(peer),
                           .page_size = message.page_size(),
                           .page_token = message.page_token()};
  if (message.partner_mc_service_id().empty() && message.primary_mc_service_id().empty() && message.mc_service() == 0) {
    if (message.has_epoch()) return Violation("epoch", "is for the migration of one user");
    return request;
  }
  absl::StatusOr<MigratingUser> user = ParseUser(message);
  if (!user.ok()) return user.status();
  if (!request.page_token.empty()) return Violation("page_token", "the migration of one user has one page");
  request.user = *std::move(user);
  if (!message.has_epoch()) return request;
  const absl::StatusOr<Epoch> epoch = ParseEpoch(message.epoch(), "epoch");
  if (!epoch.ok()) return epoch.status();
  request.epoch = *epoch;
  return request;
}

v1::ReconcileMigrationsRequest ToProto(const ReconcileRequest& request) {
  v1::ReconcileMigrationsRequest message;
  if (request.asked_system) message.set_asked_system(*request.asked_system);
  if (request.authenticated_peer_system) message.set_authenticated_peer_system(*request.authenticated_peer_system);
  message.set_page_size(request.page_size);
  message.set_page_token(request.page_token);
  if (request.user) SetUser(*request.user, message);
  if (request.epoch) *message.mutable_epoch() = ToProto(*request.epoch);
  return message;
}

absl::StatusOr<ReconcilePage> ParseReconcileResponse(const v1::ReconcileMigrationsResponse& message) {
  if (message.migrations_size() > kMaxEntries) return BadAnswer("too many migrations in a page");
  if (message.next_page_token().size() > kMaxTokenBytes) return BadAnswer("next_page_token is too long");
  if (message.signed_cancel().size() > kMaxSignedBytes) return BadAnswer("signed_cancel is too long");
  ReconcilePage page;
  page.next_page_token = message.next_page_token();
  page.signed_cancel = message.signed_cancel();
  for (const v1::MigrationSummary& summary : message.migrations()) {
    absl::StatusOr<MigratingUser> user = ParseUser(summary);
    if (!user.ok()) return BadAnswer(user.status().message());
    const absl::StatusOr<Epoch> epoch = ParseEpoch(summary.epoch(), "epoch");
    if (!epoch.ok()) return BadAnswer(epoch.status().message());
    page.entries.push_back({.user = *std::move(user), .epoch = *epoch});
  }
  return page;
}

absl::Status ReconcilePage::Add(absl::string_view partner_mc_service_id, absl::string_view primary_mc_service_id,
                                McService service, Epoch epoch) {
  absl::StatusOr<identity::McServiceId> partner = identity::McServiceId::Parse(partner_mc_service_id);
  absl::StatusOr<identity::McServiceId> primary = identity::McServiceId::Parse(primary_mc_service_id);
  if (!partner.ok() || !primary.ok()) return absl::DataLossError("a migration without IDs");
  entries.push_back({.user = {*std::move(partner), *std::move(primary), service}, .epoch = epoch});
  return absl::OkStatus();
}

v1::ReconcileMigrationsResponse ToProto(const ReconcilePage& page) {
  v1::ReconcileMigrationsResponse message;
  for (const ReconcilePage::Entry& entry : page.entries) {
    v1::MigrationSummary& summary = *message.add_migrations();
    SetUser(entry.user, summary);
    *summary.mutable_epoch() = ToProto(entry.epoch);
  }
  message.set_next_page_token(page.next_page_token);
  message.set_signed_cancel(page.signed_cancel);
  return message;
}

}  // namespace mcmig::protocol
