#ifndef SERVICES_GATEWAY_PARTNER_GATEWAY_H_
#define SERVICES_GATEWAY_PARTNER_GATEWAY_H_

#include <memory>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "common/async/clock.h"
#include "common/async/task.h"
#include "common/identity/system_table.h"
#include "common/ops/decision_scope.h"
#include "common/protocol/authorization.h"
#include "common/protocol/call.h"
#include "common/protocol/next_hop.h"
#include "mcmig/v1/migration.pb.h"

namespace mcmig::gateway {

// What the partner MC gateway server needs of the world. All that is pointed to outlives the gateway.
struct PartnerGatewayDoors {
  std::shared_ptr<const identity::SystemTable> systems;
  // Leg::kOutside; one for each system with an entry in the table, by name.
  absl::flat_hash_map<identity::SystemName, protocol::PrimaryHop*> entries;
  // Leg::kInside; the own MC service server, partner side. Null where this gateway lets nothing in.
  protocol::PartnerHop* server = nullptr;
  const async::Clock* clock = nullptr;
  ops::DecisionLog* log = nullptr;
};

// mcmig.v1.PartnerMcGatewayServer: steps 4 and 10 of clause 10.6.3.3, and what follows a migration. Asks once and never
// retries: that is the originating hop's. Thread-safe.
class PartnerGateway {
 public:
  explicit PartnerGateway(PartnerGatewayDoors doors)
      : doors_(std::move(doors)),
        source_{doors_.log, doors_.clock, "partner_gateway", "4,9,10"},
        end_source_{doors_.log, doors_.clock, "partner_gateway", "end"},
        cancel_source_{doors_.log, doors_.clock, "partner_gateway", "cancel"} {}

  // OK: decided, by this gateway or the primary MC system. INVALID_ARGUMENT, PERMISSION_DENIED (the server claims
  // another system's partner MC service ID); else what the primary MC system's end of the call came to, in
  // border::StatusFromOutside's form.
  async::Task<absl::StatusOr<v1::MigrationServiceAuthorizationResponse>> AuthorizeMigration(
      const protocol::Call& call, const v1::MigrationServiceAuthorizationRequest& message);

  // OK: answered by this gateway (not on record: there is no such primary MC system) or by the primary MC system. As
  // AuthorizeMigration.
  async::Task<absl::StatusOr<v1::EndMigrationResponse>> EndMigration(const protocol::Call& call,
                                                                     const v1::EndMigrationRequest& message);
  // From a primary MC system, about its own user only (else PERMISSION_DENIED). OK: noted durably by the own server.
  async::Task<absl::StatusOr<v1::CancelMigrationResponse>> CancelMigration(const protocol::Call& call,
                                                                           const v1::CancelMigrationRequest& message);
  // On the inside listener: asks the primary MC system. On the outside listener: asks the own server.
  async::Task<absl::StatusOr<v1::ReconcileMigrationsResponse>> ReconcileMigrations(
      const protocol::Call& call, const v1::ReconcileMigrationsRequest& message);

 private:
  async::Task<absl::StatusOr<protocol::EndAnswer>> ForwardEnd(const protocol::Call& call,
                                                              const protocol::EndRequest& request,
                                                              ops::DecisionScope& scope);
  async::Task<absl::Status> TellServer(const protocol::Call& call, const protocol::CancelRequest& request);
  async::Task<absl::StatusOr<protocol::ReconcilePage>> AskServer(const protocol::Call& call,
                                                                 protocol::ReconcileRequest request) const;
  async::Task<absl::StatusOr<protocol::Decision>> Forward(const protocol::Call& call,
                                                          const protocol::AuthorizationRequest& request,
                                                          ops::DecisionScope& scope);

  const PartnerGatewayDoors doors_;
  const ops::DecisionSource source_;
  const ops::DecisionSource end_source_;
  const ops::DecisionSource cancel_source_;
};

}  // namespace mcmig::gateway

#endif  // SERVICES_GATEWAY_PARTNER_GATEWAY_H_
