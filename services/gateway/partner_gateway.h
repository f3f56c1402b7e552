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

// What the way out needs of the world. All that is pointed to outlives the gateway.
struct PartnerGatewayDoors {
  std::shared_ptr<const identity::SystemTable> systems;
  // Leg::kOutside; one for each system with an entry in the table, by name.
  absl::flat_hash_map<identity::SystemName, protocol::NextHop*> entries;
  const async::Clock* clock = nullptr;
  ops::DecisionLog* log = nullptr;
};

// mcmig.v1.PartnerMcGatewayServer: steps 4 and 10 of clause 10.6.3.3. Asks once and never retries: that is the
// originating hop's. Thread-safe.
class PartnerGateway {
 public:
  explicit PartnerGateway(PartnerGatewayDoors doors)
      : doors_(std::move(doors)), source_{doors_.log, doors_.clock, "partner_gateway", "4,9,10"} {}

  // OK: decided, by this gateway or the primary MC system. INVALID_ARGUMENT, PERMISSION_DENIED (the server claims
  // another system's partner MC service ID); else what the primary MC system's end of the call came to, in
  // border::StatusFromOutside's form.
  async::Task<absl::StatusOr<v1::MigrationServiceAuthorizationResponse>> AuthorizeMigration(
      const protocol::Call& call, const v1::MigrationServiceAuthorizationRequest& message);

 private:
  async::Task<absl::StatusOr<protocol::Decision>> Forward(const protocol::Call& call,
                                                          const protocol::AuthorizationRequest& request,
                                                          ops::DecisionScope& scope);

  const PartnerGatewayDoors doors_;
  const ops::DecisionSource source_;
};

}  // namespace mcmig::gateway

#endif  // SERVICES_GATEWAY_PARTNER_GATEWAY_H_
