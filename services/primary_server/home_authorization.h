#ifndef SERVICES_PRIMARY_SERVER_HOME_AUTHORIZATION_H_
#define SERVICES_PRIMARY_SERVER_HOME_AUTHORIZATION_H_

#include <memory>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/async/clock.h"
#include "common/async/random.h"
#include "common/async/task.h"
#include "common/identity/system_table.h"
#include "common/ops/decision_scope.h"
#include "common/protocol/call.h"
#include "common/protocol/service_authorization.h"
#include "common/register/migration_register.h"
#include "common/register/transition.h"
#include "common/token/access_token_verifier.h"

namespace mcmig::primary_server {

// What an own user's profiles say to service at home: the user is known for this MC service, and not disabled. A
// decision that names the rule. Pure; total; thread-safe.
protocol::Decision CheckHomeUser(const migration::Snapshot& snapshot);

// AuthorizeService of mcmig.v1.PrimaryMcServiceServer: service for own users at home (clause 10.6.2), and their return.
// Thread-safe.
class HomeAuthorization {
 public:
  // All that is pointed to outlives it.
  struct Doors {
    std::shared_ptr<const identity::SystemTable> systems;
    // Null where this server has no client listener: every call is UNIMPLEMENTED.
    const token::AccessTokenVerifier* tokens = nullptr;
    // Tolerance for the times in access tokens, at most token::kMaxLeeway.
    absl::Duration leeway;
    migration::MigrationRegister* migrations = nullptr;
    migration::Policy policy;
    async::RandomSource* random = nullptr;
    const async::Clock* clock = nullptr;
    ops::DecisionLog* log = nullptr;
  };
  explicit HomeAuthorization(Doors doors)
      : doors_(std::move(doors)), source_{doors_.log, doors_.clock, "primary_server", "home"} {}

  // OK: decided; a return is on record, durably, with the cancel for the partner MC system. INVALID_ARGUMENT, also for
  // a user of another MC system; RESOURCE_EXHAUSTED, with nothing recorded; UNAVAILABLE and INTERNAL: outcome unknown.
  async::Task<absl::StatusOr<v1::ServiceAuthorizationResponse>> AuthorizeService(
      const protocol::Call& call, const v1::ServiceAuthorizationRequest& message);

 private:
  async::Task<absl::StatusOr<protocol::ServiceAuthorizationAnswer>> Authorize(
      const protocol::Call& call, const protocol::ServiceAuthorizationRequest& request);

  const Doors doors_;
  const ops::DecisionSource source_;
};

}  // namespace mcmig::primary_server

#endif  // SERVICES_PRIMARY_SERVER_HOME_AUTHORIZATION_H_
