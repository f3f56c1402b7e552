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
#include "common/protocol/lifecycle.h"
#include "common/protocol/next_hop.h"
#include "common/protocol/originate.h"
#include "common/register/visitor_register.h"
#include "common/token/access_token_verifier.h"
#include "mcmig/v1/migration.pb.h"
#include "services/partner_server/comparison_fence.h"
#include "services/partner_server/primary_signatures.h"

namespace mcmig::partner_server {

// What the partner MC service server needs of the world. All that is pointed to outlives the server.
struct PartnerDoors {
  std::shared_ptr<const identity::SystemTable> systems;
  const token::AccessTokenVerifier* tokens = nullptr;
  // Tolerance for the times in access tokens, at most kMaxLeeway.
  absl::Duration leeway;
  migration::VisitorRegister* visitors = nullptr;
  // Leg::kInside: the own gateway. Null where topology is not hidden (NOTE 3), then
  protocol::PrimaryHop* gateway = nullptr;
  // Leg::kOutside: one for each system with an entry in the table, by name.
  absl::flat_hash_map<identity::SystemName, protocol::PrimaryHop*> entries;
  async::RandomSource* random = nullptr;
  const async::Clock* clock = nullptr;
  ops::DecisionLog* log = nullptr;
  protocol::RetryPolicy retry;
  // How far clocks of other MC systems may be apart.
  absl::Duration clock_skew = absl::Seconds(30);
  // Of what primary MC systems sign.
  GrantVerifiers grants = {};  // NOLINT(readability-redundant-member-init): so that it need not be named
};

// mcmig.v1.PartnerMcServiceServer: steps 1, 2, 3 and 11 of clause 10.6.3.3. The originating hop within the partner MC
// system: it repeats a request whose outcome is unknown. Thread-safe.
class PartnerServer {
 public:
  explicit PartnerServer(PartnerDoors doors)
      : doors_(std::move(doors)),
        source_{doors_.log, doors_.clock, "partner_server", "1,2,3,10,11"},
        end_source_{doors_.log, doors_.clock, "partner_server", "end"},
        cancel_source_{doors_.log, doors_.clock, "partner_server", "cancel"} {}

  // OK: decided, here or by the primary MC system; a success was answered only after the visitor was durably installed.
  // INVALID_ARGUMENT, also for a partner MC service ID of another MC system. UNAVAILABLE "outcome unknown" where the
  // primary agreed and the visitor could not be installed, or its grant does not stand: the migration was ended again,
  // as far as that was possible. RESOURCE_EXHAUSTED where the emergency share let the call in and the list does not
  // mark the user as priority. Else as protocol::AskWithRetry.
  async::Task<absl::StatusOr<v1::MigrationServiceAuthorizationResponse>> AuthorizeMigration(
      const protocol::Call& call, const v1::MigrationServiceAuthorizationRequest& message);

  // What follows a migration; extensions.
  //
  // The user's client ends it. OK: answered; the visit of that epoch is ended here, durably, before the primary MC
  // system is asked. UNAVAILABLE: repeat; where the primary was not reached, reconciliation ends it there.
  async::Task<absl::StatusOr<v1::EndMigrationResponse>> EndMigration(const protocol::Call& call,
                                                                     const v1::EndMigrationRequest& message);
  async::Task<absl::StatusOr<v1::GetMigrationStatusResponse>> GetMigrationStatus(
      const protocol::Call& call, const v1::GetMigrationStatusRequest& message);
  // The primary MC system takes its own user back, and has signed that (else PERMISSION_DENIED). OK: noted durably.
  async::Task<absl::StatusOr<v1::CancelMigrationResponse>> CancelMigration(const protocol::Call& call,
                                                                           const v1::CancelMigrationRequest& message);
  // The asking primary MC system's users that are served here.
  async::Task<absl::StatusOr<v1::ReconcileMigrationsResponse>> ReconcileMigrations(
      const protocol::Call& call, const v1::ReconcileMigrationsRequest& message);

 private:
  using System = identity::SystemTable::System;

  async::Task<absl::StatusOr<protocol::Decision>> Authorize(const protocol::Call& call,
                                                            const protocol::AuthorizationRequest& request,
                                                            ops::DecisionScope& scope);
  async::Task<absl::StatusOr<protocol::EndAnswer>> End(const protocol::Call& call, const protocol::EndRequest& request,
                                                       ops::DecisionScope& scope);
  // Whether the caller's token stands for the user, who is one of this MC system (else INVALID_ARGUMENT).
  [[nodiscard]] absl::StatusOr<protocol::Decision> CheckHolder(const protocol::Call& call,
                                                               const protocol::MigratingUser& user) const;
  async::Task<absl::Status> Cancel(const protocol::Call& call, const protocol::CancelRequest& request,
                                   ops::DecisionScope& scope);
  async::Task<absl::Status> EndVisit(const protocol::Call& call, migration::VisitorKey key,
                                     protocol::Epoch epoch) const;
  async::Task<absl::StatusOr<protocol::ReconcilePage>> ListVisitors(const protocol::Call& call,
                                                                    const v1::ReconcileMigrationsRequest& message);
  // `primary` begins to compare. OK: all that it answered before is in the register, or will not be.
  async::Task<absl::Status> Settle(const protocol::Call& call, const identity::SystemName& primary);
  // To the gateway, or to the primary MC system; null where it has no entry.
  [[nodiscard]] protocol::PrimaryHop* HopTo(const System& primary) const;
  // By the domain of the primary MC service ID; null where unknown.
  const System* IdentifyPrimarySystem(const identity::McServiceId& primary_mc_service_id) const;
  absl::StatusOr<std::vector<migration::ExpectedVisitor>> FindExpected(const protocol::AuthorizationRequest& request,
                                                                       const System* primary) const;
  async::Task<absl::StatusOr<protocol::Decision>> AskPrimary(const protocol::Call& call,
                                                             const protocol::AuthorizationRequest& request,
                                                             const System& primary, bool priority_user);
  // Step 11, or what undoes step 7 where the user cannot be served or the primary's server did not sign it.
  async::Task<absl::StatusOr<protocol::Decision>> ServeVisitor(const protocol::Call& call,
                                                               const protocol::AuthorizationRequest& request,
                                                               const System& primary, protocol::Decision success,
                                                               ops::DecisionScope& scope) const;
  // What undoes step 7 where the grant of a success does not stand, as far as the primary's server has signed it.
  async::Task<> EndUngranted(const protocol::Call& call, const protocol::AuthorizationRequest& request,
                             const System& primary, const protocol::Decision& success) const;
  // At the primary MC system.
  async::Task<> EndAgain(const protocol::Call& call, const protocol::AuthorizationRequest& request,
                         const System& primary, protocol::Epoch epoch) const;
  async::Task<absl::StatusOr<protocol::Decision>> InstallVisitor(const protocol::Call& call,
                                                                 const protocol::AuthorizationRequest& request,
                                                                 const System& primary,
                                                                 protocol::Decision success) const;

  const PartnerDoors doors_;
  const ops::DecisionSource source_;
  const ops::DecisionSource end_source_;
  const ops::DecisionSource cancel_source_;
  ComparisonFence fence_;
};

}  // namespace mcmig::partner_server

#endif  // SERVICES_PARTNER_SERVER_PARTNER_SERVER_H_
