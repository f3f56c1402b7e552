#ifndef SERVICES_PARTNER_SERVER_PARTNER_SERVER_H_
#define SERVICES_PARTNER_SERVER_PARTNER_SERVER_H_

#include <memory>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/async/clock.h"
#include "common/async/random.h"
#include "common/async/task.h"
#include "common/identity/system_table.h"
#include "common/ops/decision_scope.h"
#include "common/protocol/authorization.h"
#include "common/protocol/call.h"
#include "common/protocol/next_hop.h"
#include "common/protocol/originate.h"
#include "common/register/visitor_register.h"
#include "common/token/access_token_verifier.h"
#include "mcmig/v1/migration.pb.h"

namespace mcmig::partner_server {

// What the partner MC service server needs of the world. All that is pointed to outlives the server.
struct PartnerDoors {
  std::shared_ptr<const identity::SystemTable> systems;
  const token::AccessTokenVerifier* tokens = nullptr;
  // Tolerance for the times in access tokens, at most kMaxLeeway.
  absl::Duration leeway;
  migration::VisitorRegister* visitors = nullptr;
  // Leg::kInside: the own gateway. Null where topology is not hidden (NOTE 3), then
  protocol::NextHop* gateway = nullptr;
  // Leg::kOutside: one for each system with an entry in the table, by name.
  absl::flat_hash_map<identity::SystemName, protocol::NextHop*> entries;
  async::RandomSource* random = nullptr;
  const async::Clock* clock = nullptr;
  ops::DecisionLog* log = nullptr;
  protocol::RetryPolicy retry;
};

// mcmig.v1.PartnerMcServiceServer: steps 1, 2, 3 and 11 of clause 10.6.3.3. The originating hop within the partner MC
// system: it repeats a request whose outcome is unknown. Thread-safe.
class PartnerServer {
 public:
  explicit PartnerServer(PartnerDoors doors)
      : doors_(std::move(doors)), source_{doors_.log, doors_.clock, "partner_server", "1,2,3,10,11"} {}

  // OK: decided, here or by the primary MC system; a success was answered only after the visitor was durably installed.
  // INVALID_ARGUMENT, also for a partner MC service ID of another MC system. UNAVAILABLE "outcome unknown" where the
  // primary agreed and the visitor could not be installed: repeat. Else as protocol::AskWithRetry.
  async::Task<absl::StatusOr<v1::MigrationServiceAuthorizationResponse>> AuthorizeMigration(
      const protocol::Call& call, const v1::MigrationServiceAuthorizationRequest& message);

 private:
  using System = identity::SystemTable::System;

  async::Task<absl::StatusOr<protocol::Decision>> Authorize(const protocol::Call& call,
                                                            const protocol::AuthorizationRequest& request,
                                                            ops::DecisionScope& scope);
  // By the domain of the primary MC service ID; null where unknown.
  const System* IdentifyPrimarySystem(const protocol::AuthorizationRequest& request) const;
  absl::StatusOr<std::vector<migration::ExpectedVisitor>> FindExpected(const protocol::AuthorizationRequest& request,
                                                                       const System* primary) const;
  async::Task<absl::StatusOr<protocol::Decision>> AskPrimary(const protocol::Call& call,
                                                             const protocol::AuthorizationRequest& request,
                                                             const System& primary);
  async::Task<absl::StatusOr<protocol::Decision>> InstallVisitor(const protocol::Call& call,
                                                                 const protocol::AuthorizationRequest& request,
                                                                 const System& primary,
                                                                 protocol::Decision success) const;

  const PartnerDoors doors_;
  const ops::DecisionSource source_;
};

}  // namespace mcmig::partner_server

#endif  // SERVICES_PARTNER_SERVER_PARTNER_SERVER_H_
