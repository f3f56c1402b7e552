#ifndef SERVICES_GATEWAY_INGRESS_H_
#define SERVICES_GATEWAY_INGRESS_H_

#include <cstddef>

#include "absl/status/statusor.h"
#include "common/identity/peer.h"
#include "common/identity/system_table.h"
#include "common/protocol/authorization.h"
#include "common/protocol/lifecycle.h"
#include "services/gateway/assignments.h"

namespace mcmig::gateway {

// Which own MC service server a peer's request goes to.
struct Ingress {
  // kNone: to the server of assignment `server`; else refused.
  protocol::Decision decision;
  size_t server = 0;
};

// Step 5 of clause 10.6.3.3. In this order: the authenticated peer's system is another one and owns the partner MC
// service ID (else PERMISSION_DENIED: the peer claims a system that it is not); the primary MC service ID is one of the
// own system; own users may migrate to the peer's system for this service; an MC service server is assigned to the
// user. Pure; total; thread-safe.
absl::StatusOr<Ingress> CheckIngress(const identity::SystemTable& systems, const Assignments& assignments,
                                     const identity::SystemName& peer_system,
                                     const protocol::AuthorizationRequest& request);

// Where a peer's end of a migration goes (an extension): as above, but an agreement that has gone hinders no end.
absl::StatusOr<Ingress> CheckEndIngress(const identity::SystemTable& systems, const Assignments& assignments,
                                        const identity::SystemName& peer_system, const protocol::MigratingUser& user);

}  // namespace mcmig::gateway

#endif  // SERVICES_GATEWAY_INGRESS_H_
