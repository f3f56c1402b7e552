#ifndef SERVICES_GATEWAY_PRIMARY_GATEWAY_H_
#define SERVICES_GATEWAY_PRIMARY_GATEWAY_H_

#include <memory>
#include <optional>
#include <utility>
#include <vector>

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
#include "services/gateway/assignments.h"

namespace mcmig::gateway {

// What the primary MC gateway server needs of the world. All that is pointed to outlives the gateway.
struct PrimaryGatewayDoors {
  std::shared_ptr<const identity::SystemTable> systems;
  Assignments assignments;
  // Leg::kInside; one for each assignment, at its position.
  std::vector<protocol::PrimaryHop*> servers;
  // The same servers, each once.
  std::vector<protocol::PrimaryHop*> every_server;
  // Leg::kOutside; the way to partner MC systems, by name.
  absl::flat_hash_map<identity::SystemName, protocol::PartnerHop*> visitors_entries;
  const async::Clock* clock = nullptr;
  ops::DecisionLog* log = nullptr;
};

// mcmig.v1.PrimaryMcGatewayServer: steps 5 and 9 of clause 10.6.3.3, and what follows a migration. Asks once and never
// retries. What it answers was made for the other side of the border: public causes and fixed texts. Thread-safe.
class PrimaryGateway {
 public:
  explicit PrimaryGateway(PrimaryGatewayDoors doors)
      : doors_(std::move(doors)),
        source_{doors_.log, doors_.clock, "primary_gateway", "5,8,9"},
        end_source_{doors_.log, doors_.clock, "primary_gateway", "end"},
        cancel_source_{doors_.log, doors_.clock, "primary_gateway", "cancel"} {}

  // OK: decided, by this gateway or the MC service server. PERMISSION_DENIED where the peer claims a system that it is
  // not. Every status in border::StatusForOutside's form.
  async::Task<absl::StatusOr<v1::MigrationServiceAuthorizationResponse>> AuthorizeMigration(
      const protocol::Call& call, const v1::MigrationServiceAuthorizationRequest& message);

  // OK: answered by this gateway (not on record: no such user) or by the MC service server. As AuthorizeMigration.
  async::Task<absl::StatusOr<v1::EndMigrationResponse>> EndMigration(const protocol::Call& call,
                                                                     const v1::EndMigrationRequest& message);
  // From an own server. OK: noted durably by the partner MC system. FAILED_PRECONDITION where the system table names no
  // way there.
  async::Task<absl::StatusOr<v1::CancelMigrationResponse>> CancelMigration(const protocol::Call& call,
                                                                           const v1::CancelMigrationRequest& message);
  // On the outside listener: asks the own servers, whose users come as one list (merge_pages.h), or the one that holds
  // the user. On the inside listener: asks the partner MC system. INVALID_ARGUMENT, also for a page_token that is none.
  async::Task<absl::StatusOr<v1::ReconcileMigrationsResponse>> ReconcileMigrations(
      const protocol::Call& call, const v1::ReconcileMigrationsRequest& message);

 private:
  async::Task<absl::StatusOr<protocol::EndAnswer>> ForwardEnd(const protocol::Call& call,
                                                              const protocol::EndRequest& request,
                                                              ops::DecisionScope& scope);
  // For a user who is refused here: asks one of the own servers whether it holds that user, and forgets the answer, so
  // that the refusal takes the peer as long as one by a server. The status is that server's.
  async::Task<absl::Status> AskInVain(const protocol::Call& call, const protocol::MigratingUser& user,
                                      std::optional<protocol::Epoch> epoch = std::nullopt) const;
  async::Task<absl::StatusOr<protocol::ReconcilePage>> AskServers(const protocol::Call& call,
                                                                  protocol::ReconcileRequest request) const;
  async::Task<absl::Status> TellPartner(const protocol::Call& call, const protocol::CancelRequest& request);
  async::Task<absl::StatusOr<protocol::Decision>> Forward(const protocol::Call& call,
                                                          const protocol::AuthorizationRequest& request,
                                                          ops::DecisionScope& scope);

  const PrimaryGatewayDoors doors_;
  const ops::DecisionSource source_;
  const ops::DecisionSource end_source_;
  const ops::DecisionSource cancel_source_;
};

}  // namespace mcmig::gateway

#endif  // SERVICES_GATEWAY_PRIMARY_GATEWAY_H_
