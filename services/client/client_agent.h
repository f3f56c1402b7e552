#ifndef SERVICES_CLIENT_CLIENT_AGENT_H_
#define SERVICES_CLIENT_CLIENT_AGENT_H_

#include <string>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "common/async/clock.h"
#include "common/async/random.h"
#include "common/async/task.h"
#include "common/ops/decision_scope.h"
#include "common/protocol/authorization.h"
#include "common/protocol/call.h"
#include "common/protocol/next_hop.h"
#include "common/protocol/originate.h"
#include "mcmig/v1/mc_service_client.pb.h"
#include "services/client/token_source.h"
#include "services/client/users.h"

namespace mcmig::client {

// What the agent needs of the world. All that is pointed to outlives the agent.
struct ClientDoors {
  Users users;
  // Leg::kClient; the partner MC service servers, by ServerKey.
  absl::flat_hash_map<std::string, protocol::PartnerServerHop*> servers;
  TokenSource* tokens = nullptr;
  async::RandomSource* random = nullptr;
  const async::Clock* clock = nullptr;
  ops::DecisionLog* log = nullptr;
  protocol::RetryPolicy retry;
};

// The same for two partners whose server is the same one, verified as a server of the same system.
std::string ServerKey(const config::v1::AgentPartner& partner);

// mcmig.v1.McServiceClient: drives step 1 of clause 10.6.3.3 for its configured users and receives step 11.
// Thread-safe.
class ClientAgent {
 public:
  explicit ClientAgent(ClientDoors doors)
      : doors_(std::move(doors)), source_{doors_.log, doors_.clock, "client", "1,11"} {}

  // OK: decided; the answer echoed both IDs, and its result is set. INVALID_ARGUMENT, "<field>: <violation>"; NOT_FOUND
  // where the user or the partner MC system is not configured; UNAVAILABLE, with nothing sent, where the access token
  // or the configured primary credential cannot be read; else as protocol::AskWithRetry.
  async::Task<absl::StatusOr<v1::MigrateResponse>> Migrate(const protocol::Call& call,
                                                           const v1::MigrateRequest& message);

  // What follows a migration; extensions. Statuses as of Migrate.
  async::Task<absl::StatusOr<v1::EndMigrationResponse>> EndMigration(const protocol::Call& call,
                                                                     const v1::ClientEndMigrationRequest& message);
  async::Task<absl::StatusOr<v1::GetMigrationStatusResponse>> GetMigrationStatus(
      const protocol::Call& call, const v1::ClientMigrationStatusRequest& message);

 private:
  // Whom the partner MC service server is asked about, and with what.
  struct Asked {
    protocol::MigratingUser user;
    std::string access_token;
    protocol::PartnerServerHop& server;
  };
  template <class Message>
  absl::StatusOr<Asked> FindAsked(const Message& message) const;
  // All that step 1 sends, and where.
  struct Step1 {
    protocol::AuthorizationRequest request;
    std::string access_token;
    protocol::PartnerServerHop& server;
  };
  absl::StatusOr<Step1> Prepare(const protocol::Call& call, const v1::MigrateRequest& message);

  const ClientDoors doors_;
  const ops::DecisionSource source_;
};

}  // namespace mcmig::client

#endif  // SERVICES_CLIENT_CLIENT_AGENT_H_
