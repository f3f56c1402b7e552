#ifndef SERVICES_PRIMARY_SERVER_AUTHORIZATION_CHECK_H_
#define SERVICES_PRIMARY_SERVER_AUTHORIZATION_CHECK_H_

#include <cstdint>

#include "common/identity/peer.h"
#include "common/protocol/authorization.h"
#include "common/register/migration.h"

namespace mcmig::primary_server {

// What step 6 decides on: this user, that partner MC system, the indicated profile.
struct AuthorizationCheck {
  // Of this user and service, with the agreement with `partner_system`.
  const migration::Snapshot& snapshot;
  const identity::SystemName& partner_system;
  protocol::McService service = protocol::McService::kMcptt;
  uint8_t profile_index = 0;
};

// Step 6 of clause 10.6.3.3. In this order: an agreement lets own users migrate to that system for this service; the
// user is known; enabled; has the indicated profile; it is enabled; it lists that system. A permission is per profile,
// not per user (TS 23.280 clause 5.2.9). Deny by default: an empty list means nobody. Cause kNone: permitted. Pure;
// total; thread-safe.
protocol::Decision CheckAuthorization(const AuthorizationCheck& check);

// Whether the indicated profile is marked as priority: the emergency share is for its user. An extension; per profile,
// as the permission. Pure; total; thread-safe.
bool IsPriorityUser(const migration::Snapshot& snapshot, uint8_t profile_index);

}  // namespace mcmig::primary_server

#endif  // SERVICES_PRIMARY_SERVER_AUTHORIZATION_CHECK_H_
