#ifndef SERVICES_GATEWAY_PRIMARY_GATEWAY_H_
#define SERVICES_GATEWAY_PRIMARY_GATEWAY_H_

#include <memory>
#include <utility>
#include <vector>

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

// What the way in needs of the world. All that is pointed to outlives the gateway.
struct PrimaryGatewayDoors {
  std::shared_ptr<const identity::SystemTable> systems;
  Assignments assignments;
  // Leg::kInside; one for each assignment, at its position.
  std::vector<protocol::NextHop*> servers;
  const async::Clock* clock = nullptr;
  ops::DecisionLog* log = nullptr;
};

// mcmig.v1.PrimaryMcGatewayServer: steps 5 and 9 of clause 10.6.3.3. Asks once and never retries. What it answers was
// made for the other side of the border: public causes and fixed texts. Thread-safe.
class PrimaryGateway {
 public:
  explicit PrimaryGateway(PrimaryGatewayDoors doors)
      : doors_(std::move(doors)), source_{doors_.log, doors_.clock, "primary_gateway", "5,8,9"} {}

  // OK: decided, by this gateway or the MC service server. PERMISSION_DENIED where the peer claims a system that it is
  // not. Every status in border::StatusForOutside's form.
  async::Task<absl::StatusOr<v1::MigrationServiceAuthorizationResponse>> AuthorizeMigration(
      const protocol::Call& call, const v1::MigrationServiceAuthorizationRequest& message);

 private:
  async::Task<absl::StatusOr<protocol::Decision>> Forward(const protocol::Call& call,
                                                          const protocol::AuthorizationRequest& request,
                                                          ops::DecisionScope& scope);

  const PrimaryGatewayDoors doors_;
  const ops::DecisionSource source_;
};

}  // namespace mcmig::gateway

#endif  // SERVICES_GATEWAY_PRIMARY_GATEWAY_H_
