#ifndef COMMON_PROTOCOL_FIELDS_H_
#define COMMON_PROTOCOL_FIELDS_H_

#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "common/identity/mc_service_id.h"
#include "common/identity/peer.h"
#include "common/protocol/call.h"

// Fields that several messages between MC systems have. For common/protocol. Each failure is INVALID_ARGUMENT, "<field
// path>: <violation>", and never repeats what was received: texts reach logs and other systems. Pure; thread-safe.
namespace mcmig::protocol {

absl::Status Violation(absl::string_view field, absl::string_view violation);

absl::StatusOr<identity::McServiceId> ParseId(absl::string_view bytes, absl::string_view field);

// The name of an MC system, as in the system table: by its form only.
bool IsSystemName(absl::string_view name);

// authenticated_peer_system: mandatory from a gateway of the own system on an inside listener, refused from anyone
// else, who could act as another MC system with it.
absl::StatusOr<std::optional<identity::SystemName>> ParseAuthenticatedPeer(const std::string& system, const Call& call);

}  // namespace mcmig::protocol

#endif  // COMMON_PROTOCOL_FIELDS_H_
