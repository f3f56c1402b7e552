#ifndef SERVICES_GATEWAY_EGRESS_H_
#define SERVICES_GATEWAY_EGRESS_H_

#include "absl/status/statusor.h"
#include "common/identity/system_table.h"
#include "common/protocol/authorization.h"
#include "common/protocol/lifecycle.h"

namespace mcmig::gateway {

// Where a request of an own MC service server may go.
struct Egress {
  // kNone: to `primary_system`; else refused.
  protocol::Decision decision;
  // Of the table given to CheckEgress; null where refused.
  const identity::SystemTable::System* primary_system = nullptr;
};

// Step 4 of clause 10.6.3.3: identifies the primary MC system again, from the primary MC service ID alone, whatever the
// MC service server thought. In this order: the partner MC service ID is one of the own system (else PERMISSION_DENIED:
// the server claims another system); the primary MC system is known; it is not the own one; its users may come here for
// this service; the table has an entry for it. Pure; total; thread-safe.
absl::StatusOr<Egress> CheckEgress(const identity::SystemTable& systems, const protocol::AuthorizationRequest& request);

// Where the end of a migration goes (an extension): as above, but an agreement that has gone hinders no end.
absl::StatusOr<Egress> CheckEndEgress(const identity::SystemTable& systems, const protocol::MigratingUser& user);

}  // namespace mcmig::gateway

#endif  // SERVICES_GATEWAY_EGRESS_H_
