#include "common/protocol/fields.h"

#include <cstddef>

#include "absl/algorithm/container.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"

namespace mcmig::protocol {
namespace {

constexpr size_t kMaxSystemNameBytes = 64;

}  // namespace

absl::Status Violation(absl::string_view field, absl::string_view violation) {
  return absl::InvalidArgumentError(absl::StrCat(field, ": ", violation));
}

absl::StatusOr<identity::McServiceId> ParseId(absl::string_view bytes, absl::string_view field) {
  if (bytes.empty()) return Violation(field, "must be set");
  absl::StatusOr<identity::McServiceId> id = identity::McServiceId::Parse(bytes);
  if (!id.ok()) return Violation(field, id.status().message());
  return id;
}

bool IsSystemName(absl::string_view name) {
  return !name.empty() && name.size() <= kMaxSystemNameBytes && absl::c_all_of(name, [](char c) {
    return absl::ascii_islower(c) || absl::ascii_isdigit(c) || c == '.' || c == '-';
  });
}

absl::StatusOr<std::optional<identity::SystemName>> ParseAuthenticatedPeer(const std::string& system,
                                                                           const Call& call) {
  constexpr absl::string_view kField = "authenticated_peer_system";
  const bool from_own_gateway =
      call.listener == identity::Listener::kInside && call.peer.own && call.peer.role == identity::Role::kGateway;
  if (!from_own_gateway) {
    if (system.empty()) return std::optional<identity::SystemName>();
    return Violation(kField, "only the own gateway may set it, inside");
  }
  if (system.empty()) return Violation(kField, "must be set by the gateway");
  if (!IsSystemName(system)) return Violation(kField, "is not a system name");
  return std::optional<identity::SystemName>(system);
}

}  // namespace mcmig::protocol
