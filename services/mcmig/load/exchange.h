#ifndef SERVICES_MCMIG_LOAD_EXCHANGE_H_
#define SERVICES_MCMIG_LOAD_EXCHANGE_H_

#include <grpcpp/grpcpp.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "mcmig/config/v1/load.pb.h"
#include "mcmig/v1/migration.pb.h"

namespace mcmig::load {

// One call at a time to one server, again and again, with the messages and the memory of the last one. Start from one
// thread, Finish from the one that took the tag.
class Exchange {
 public:
  virtual ~Exchange() = default;
  // Sends request `number` of the load; `tag` comes out of `queue` when it has ended, within `timeout`.
  virtual void Start(uint64_t number, absl::Duration timeout, grpc::CompletionQueue* queue, void* tag) = 0;
  // After that: how it ended. Empty for the success that was asked for: status OK, result SUCCESS, an epoch, and the
  // IDs of the request. Else the status code ("UNAVAILABLE"), the refusal cause ("VISITOR_NOT_EXPECTED"), or
  // kAnswerDoesNotFit.
  virtual std::string Finish() = 0;
};
inline constexpr char kAnswerDoesNotFit[] = "ANSWER_DOES_NOT_FIT";
using MakeExchange = std::function<std::unique_ptr<Exchange>()>;

// A user as asked for at the partner MC service server: the message and the `authorization` metadata beside it.
struct Visit {
  v1::MigrationServiceAuthorizationRequest request;
  std::string authorization;
};
// INVALID_ARGUMENT, "FIELD: what is wrong", for a user that cannot be asked for.
absl::StatusOr<Visit> VisitOf(const config::v1::LoadUser& user);

// PartnerMcServiceServer/AuthorizeMigration, for the visits in turn, each with a new request ID. `visits` is not empty
// and outlives the exchanges.
MakeExchange AskPartnerServer(std::shared_ptr<grpc::Channel> channel, const std::vector<Visit>& visits);

// A user of a client agent and the partner MC system to migrate to.
struct AgentMigration {
  std::string primary_mc_service_id;
  std::string partner_mc_service_id;
  std::string partner_system;
  v1::McService service = v1::MC_SERVICE_UNSPECIFIED;
};

// McServiceClient/Migrate, likewise.
MakeExchange AskClientAgent(std::shared_ptr<grpc::Channel> channel, const std::vector<AgentMigration>& migrations);

}  // namespace mcmig::load

#endif  // SERVICES_MCMIG_LOAD_EXCHANGE_H_
