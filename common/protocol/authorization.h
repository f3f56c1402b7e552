#ifndef COMMON_PROTOCOL_AUTHORIZATION_H_
#define COMMON_PROTOCOL_AUTHORIZATION_H_

#include <array>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "common/digest/sha256.h"
#include "common/identity/mc_service_id.h"
#include "common/identity/peer.h"
#include "common/protocol/call.h"
#include "common/protocol/cause.h"
#include "mcmig/v1/migration.pb.h"

namespace mcmig::protocol {

enum class McService : uint8_t { kMcptt = 1, kMcvideo = 2, kMcdata = 3 };

// "MCPTT", "MCVideo", "MCData".
absl::string_view McServiceName(McService service);
// The service of a message, at path `field`; INVALID_ARGUMENT where unset or unknown.
absl::StatusOr<McService> ParseMcService(v1::McService service, absl::string_view field);
v1::McService ToProto(McService service);

// Names a request for repetition. 16 random bytes.
struct RequestId {
  static constexpr size_t kBytes = 16;
  std::array<uint8_t, kBytes> bytes{};

  // INVALID_ARGUMENT unless exactly 16 bytes.
  static absl::StatusOr<RequestId> Of(absl::string_view bytes);
  [[nodiscard]] std::string ToBytes() const;
  // 32 hex digits, for logs.
  [[nodiscard]] std::string Hex() const;
  friend auto operator<=>(const RequestId&, const RequestId&) = default;
};

// Orders the changes of one user's record (mcmig.v1.MigrationEpoch).
struct Epoch {
  uint64_t incarnation = 0;
  uint64_t counter = 0;
  friend auto operator<=>(const Epoch&, const Epoch&) = default;
};
v1::MigrationEpoch ToProto(const Epoch& epoch);
Epoch FromProto(const v1::MigrationEpoch& epoch);

// SHA-256 over what makes two requests the same: both canonical IDs, profile index, service and partner MC system.
// Never credentials, so that a refreshed token is the same request.
using RequestDigest = digest::Sha256;

// Longest primary credential, in bytes.
inline constexpr size_t kMaxCredentialBytes = size_t{8} * 1024;

// Longest grant and longest signed cancel, in bytes.
inline constexpr size_t kMaxSignedBytes = size_t{8} * 1024;

// mcmig.v1.EmergencyShare.
enum class EmergencyShare : uint8_t { kNothing = 0, kMayUse = 1, kOnly = 2 };

// A well-formed migration service authorization request, Table 10.6.3.2.1-1 and extensions.
struct AuthorizationRequest {
  identity::McServiceId partner_mc_service_id;
  identity::McServiceId primary_mc_service_id;
  uint8_t profile_index = 0;
  McService service = McService::kMcptt;
  // On the client listener, request_id and issued_at are both unset or both set; between servers always set.
  std::optional<RequestId> request_id = std::nullopt;
  std::optional<absl::Time> issued_at = std::nullopt;
  // Inside leg only, and only from the own gateway.
  std::optional<identity::SystemName> authenticated_peer_system = std::nullopt;
  // A secret; empty: none. Judged by the primary MC service server alone.
  std::string primary_credential = {};  // NOLINT(readability-redundant-member-init): so that it need not be named
  // Inside leg only: kMayUse from the own partner MC service server, kOnly from the own gateway.
  EmergencyShare emergency_share = EmergencyShare::kNothing;
};

// The answer: success exactly when cause is kNone. The IDs are not in it; the response echoes those of the request.
struct Decision {
  Cause cause = Cause::kNone;
  // The rule that decided, for operators: a literal such as "step6.profile_enabled". Never crosses a process border.
  const char* rule = "";
  // Set on success.
  std::optional<Epoch> epoch = std::nullopt;
  // Of a success: when the migration ends by itself.
  absl::Time authorized_until = absl::InfiniteFuture();
  // Of a success between servers: signed by the primary MC service server; empty: none. Judged by the partner MC
  // service server alone.
  std::string grant = {};  // NOLINT(readability-redundant-member-init): so that it need not be named
};

// Parses a request as received in `call`. INVALID_ARGUMENT, "<field path>: <violation>", for: a missing or malformed
// ID, an index that is unset or over 255, a service unset or unknown, request_id or issued_at malformed, missing where
// mandatory, or one without the other; primary_credential over kMaxCredentialBytes; authenticated_peer_system from
// anyone but a gateway of the own system on an inside listener (there it is mandatory from a gateway); an
// emergency_share that is not for that caller to say.
absl::StatusOr<AuthorizationRequest> ParseAuthorizationRequest(const v1::MigrationServiceAuthorizationRequest& message,
                                                               const Call& call);
// Builds the message anew, from known fields only.
v1::MigrationServiceAuthorizationRequest ToProto(const AuthorizationRequest& request);

// Checks and reads an answer to `sent`. INTERNAL, and so never a success, where result is unset or contradicts cause or
// epoch, a success has no epoch, an echoed ID differs from the bytes sent, or a request_id (optional) from that sent,
// or where there is a grant with a failure or one over kMaxSignedBytes. Of a failure without a cause (an extension), or
// with one of an unknown number, the cause reads as kNotAuthorizedByPrimary.
absl::StatusOr<Decision> ParseAuthorizationResponse(const v1::MigrationServiceAuthorizationResponse& message,
                                                    const AuthorizationRequest& sent);
// The response to `request`, echoing the bytes received. A success without epoch leaves result unset, which no receiver
// takes for a success.
v1::MigrationServiceAuthorizationResponse ToProto(const Decision& decision, const AuthorizationRequest& request);

RequestDigest DigestOf(const AuthorizationRequest& request, const identity::SystemName& partner_system);

}  // namespace mcmig::protocol

#endif  // COMMON_PROTOCOL_AUTHORIZATION_H_
