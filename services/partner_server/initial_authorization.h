#ifndef SERVICES_PARTNER_SERVER_INITIAL_AUTHORIZATION_H_
#define SERVICES_PARTNER_SERVER_INITIAL_AUTHORIZATION_H_

#include "absl/time/time.h"
#include "absl/types/span.h"
#include "common/identity/system_table.h"
#include "common/protocol/authorization.h"
#include "common/protocol/lifecycle.h"
#include "common/register/visitor_store.h"
#include "common/token/access_token_check.h"

// Step 2 of clause 10.6.3.3, the initial authorization check, as pure rules. Each returns a decision that names the
// rule; cause kNone: this rule has nothing against the migration. Total; thread-safe.
//
// The two rules run in the order below, so that a caller without a token of its own learns nothing about agreements and
// expected visitors.
namespace mcmig::partner_server {

// Whose token this is: a visitor's, who has both IDs (token::CheckAccessToken).
protocol::Decision CheckAccessToken(const token::Credential& credential, const protocol::AuthorizationRequest& request,
                                    absl::Time now);
protocol::Decision CheckAccessToken(const token::Credential& credential, const protocol::MigratingUser& user,
                                    absl::Time now);

// What the rest of step 2 decides on.
struct InitialCheck {
  protocol::McService service = protocol::McService::kMcptt;
  // The primary MC system by the primary MC service ID's domain (step 3); null where none of the table owns it.
  const identity::SystemTable::System* primary_system = nullptr;
  // The expected-visitors entries of this user and of the user's domain, for this system and service.
  absl::Span<const migration::ExpectedVisitor> expected;
};

// In this order: the primary MC system is known; it is not the own one; its users may come here for this service; the
// user is expected now (from ≤ now < until). Deny by default.
protocol::Decision CheckInitialAuthorization(const InitialCheck& check, absl::Time now);

// Whether the user is expected now by an entry that is marked as priority, the user's own or the domain's. An
// extension.
bool IsPriorityUser(absl::Span<const migration::ExpectedVisitor> expected, absl::Time now);

}  // namespace mcmig::partner_server

#endif  // SERVICES_PARTNER_SERVER_INITIAL_AUTHORIZATION_H_
