#ifndef COMMON_PROTOCOL_AUTHENTICATED_SYSTEM_H_
#define COMMON_PROTOCOL_AUTHENTICATED_SYSTEM_H_

#include <optional>

#include "common/identity/peer.h"
#include "common/protocol/call.h"

namespace mcmig::protocol {

// The other MC system that a request between MC systems comes from: the peer itself on an outside listener; on an
// inside one, from the own gateway, the system that it authenticated and states. Unset for everyone else: deny. Pure;
// thread-safe.
inline std::optional<identity::SystemName> AuthenticatedSystem(const Call& call,
                                                               const std::optional<identity::SystemName>& stated) {
  if (call.listener == identity::Listener::kOutside && !call.peer.own) return call.peer.system;
  if (call.listener == identity::Listener::kInside && call.peer.own && call.peer.role == identity::Role::kGateway) {
    return stated;
  }
  return std::nullopt;
}

}  // namespace mcmig::protocol

#endif  // COMMON_PROTOCOL_AUTHENTICATED_SYSTEM_H_
