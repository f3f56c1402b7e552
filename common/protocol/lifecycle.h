#ifndef COMMON_PROTOCOL_LIFECYCLE_H_
#define COMMON_PROTOCOL_LIFECYCLE_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "common/identity/mc_service_id.h"
#include "common/identity/peer.h"
#include "common/protocol/authorization.h"
#include "common/protocol/call.h"
#include "common/protocol/cause.h"
#include "mcmig/v1/lifecycle.pb.h"

// What becomes of a migration after it was authorized (lifecycle.proto); extensions. As in authorization.h, requests
// are parsed as received in a call, INVALID_ARGUMENT "<field path>: <violation>", and messages are built anew from
// known fields; answers are INTERNAL where they cannot be used. Pure; thread-safe.
namespace mcmig::protocol {

// A migration of a user: both of the user's IDs and the MC service.
struct MigratingUser {
  identity::McServiceId partner_mc_service_id;
  identity::McServiceId primary_mc_service_id;
  McService service = McService::kMcptt;
};
MigratingUser UserOf(const AuthorizationRequest& request);

struct EndRequest {
  MigratingUser user;
  Epoch epoch;  // both parts at least 1
  // On the client listener it may be unset.
  std::optional<RequestId> request_id = std::nullopt;
  // Inside leg only, and only from the own gateway.
  std::optional<identity::SystemName> authenticated_peer_system = std::nullopt;
};
absl::StatusOr<EndRequest> ParseEndRequest(const v1::EndMigrationRequest& message, const Call& call);
v1::EndMigrationRequest ToProto(const EndRequest& request);

enum class EndResult : uint8_t { kEnded = 1, kStale = 2, kNotOnRecord = 3, kRefused = 4 };
struct EndAnswer {
  EndResult result = EndResult::kNotOnRecord;
  // The rule that decided, for operators. Never crosses a process border.
  const char* rule = "";
  // Where stale: of the migration on record.
  std::optional<Epoch> current = std::nullopt;
  // Other than kNone exactly where refused.
  Cause cause = Cause::kNone;

  // For the decision log.
  [[nodiscard]] Decision decision() const { return {cause, rule, current}; }
};
absl::StatusOr<EndAnswer> ParseEndResponse(const v1::EndMigrationResponse& message);
v1::EndMigrationResponse ToProto(const EndAnswer& answer);

absl::StatusOr<MigratingUser> ParseStatusRequest(const v1::GetMigrationStatusRequest& message);
v1::GetMigrationStatusRequest ToStatusRequest(const MigratingUser& user);

struct CancelRequest {
  identity::McServiceId primary_mc_service_id;
  McService service = McService::kMcptt;
  Epoch epoch;  // both parts at least 1
  // From an own MC service server to its gateway.
  std::optional<identity::SystemName> partner_system = std::nullopt;
  // Inside leg only, and only from the own gateway.
  std::optional<identity::SystemName> authenticated_peer_system = std::nullopt;
  // By the primary MC service server; empty: none. Judged by the partner MC service server alone.
  std::string signed_cancel = {};  // NOLINT(readability-redundant-member-init): so that a use need not name it
};
absl::StatusOr<CancelRequest> ParseCancelRequest(const v1::CancelMigrationRequest& message, const Call& call);
v1::CancelMigrationRequest ToProto(const CancelRequest& request);

struct ReconcileRequest {
  // From an own MC service server to its gateway.
  std::optional<identity::SystemName> asked_system = std::nullopt;
  // Inside leg only, and only from the own gateway.
  std::optional<identity::SystemName> authenticated_peer_system = std::nullopt;
  uint32_t page_size = 0;
  std::string page_token = {};  // NOLINT(readability-redundant-member-init): so that a use need not name it
  // Only the migration of this user.
  std::optional<MigratingUser> user = std::nullopt;
  // Beside a user only: the epoch that the asking partner MC system serves; both parts at least 1.
  std::optional<Epoch> epoch = std::nullopt;
};
absl::StatusOr<ReconcileRequest> ParseReconcileRequest(const v1::ReconcileMigrationsRequest& message, const Call& call);
v1::ReconcileMigrationsRequest ToProto(const ReconcileRequest& request);

// At most 1,000 entries and a token of at most 4,096 bytes, else INTERNAL.
struct ReconcilePage {
  struct Entry {
    MigratingUser user;
    Epoch epoch;
  };
  // Adds a migration as a register holds it, IDs as received; DATA_LOSS where they are none.
  absl::Status Add(absl::string_view partner_mc_service_id, absl::string_view primary_mc_service_id, McService service,
                   Epoch epoch);

  std::vector<Entry> entries;
  std::string next_page_token;  // empty on the last page
  // That the migration asked about is over, as in CancelRequest.
  std::string signed_cancel = {};  // NOLINT(readability-redundant-member-init): so that a use need not name it
};
absl::StatusOr<ReconcilePage> ParseReconcileResponse(const v1::ReconcileMigrationsResponse& message);
v1::ReconcileMigrationsResponse ToProto(const ReconcilePage& page);

}  // namespace mcmig::protocol

#endif  // COMMON_PROTOCOL_LIFECYCLE_H_
