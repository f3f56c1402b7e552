#ifndef SERVICES_PRIMARY_SERVER_PARTNER_WAYS_H_
#define SERVICES_PRIMARY_SERVER_PARTNER_WAYS_H_

#include <optional>

#include "absl/container/flat_hash_map.h"
#include "common/identity/peer.h"
#include "common/protocol/next_hop.h"

namespace mcmig::primary_server {

// How partner MC systems are reached. What is pointed to outlives it. Immutable; thread-safe.
struct PartnerWays {
  // Leg::kInside: the own gateway. Null where topology is not hidden (NOTE 3), then
  protocol::PartnerHop* gateway = nullptr;
  // Leg::kOutside: by name.
  absl::flat_hash_map<identity::SystemName, protocol::PartnerHop*> entries;

  // Null where there is none.
  [[nodiscard]] protocol::PartnerHop* To(const identity::SystemName& partner) const {
    if (gateway != nullptr) return gateway;
    const auto entry = entries.find(partner);
    return entry == entries.end() ? nullptr : entry->second;
  }
  // The name that a request says: the gateway has to be told whom it is for.
  [[nodiscard]] std::optional<identity::SystemName> NameFor(const identity::SystemName& partner) const {
    return gateway != nullptr ? std::optional(partner) : std::nullopt;
  }
};

}  // namespace mcmig::primary_server

#endif  // SERVICES_PRIMARY_SERVER_PARTNER_WAYS_H_
