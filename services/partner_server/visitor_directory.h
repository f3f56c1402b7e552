#ifndef SERVICES_PARTNER_SERVER_VISITOR_DIRECTORY_H_
#define SERVICES_PARTNER_SERVER_VISITOR_DIRECTORY_H_

#include <memory>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/async/clock.h"
#include "common/async/task.h"
#include "common/identity/system_table.h"
#include "common/ops/decision_scope.h"
#include "common/protocol/call.h"
#include "common/protocol/directory.h"
#include "common/protocol/stream.h"
#include "common/register/visitor_register.h"
#include "mcmig/v1/migration_directory.pb.h"

namespace mcmig::partner_server {

// mcmig.v1.MigrationDirectory of visitors, from the visitor register (an extension). Every call is in the decision log.
// Who may call is the permission table's. The executor's thread.
class VisitorDirectory {
 public:
  // All that is pointed to outlives the directory.
  struct Doors {
    std::shared_ptr<const identity::SystemTable> systems;
    const migration::VisitorRegister* visitors = nullptr;
    // How far clocks of other MC systems may be apart.
    absl::Duration clock_skew = absl::Seconds(30);
    const async::Clock* clock = nullptr;
    ops::DecisionLog* log = nullptr;
  };
  explicit VisitorDirectory(Doors doors)
      : doors_(std::move(doors)), source_{doors_.log, doors_.clock, "partner_server", "lookup"} {}

  // INVALID_ARGUMENT; UNAVAILABLE where the register cannot be read: then no user is answered for.
  async::Task<absl::StatusOr<v1::LookupServingSystemResponse>> LookupServingSystem(
      const protocol::Call& call, const v1::LookupServingSystemRequest& message) const;
  // UNIMPLEMENTED: there is no journal of visits that could be followed.
  async::Task<absl::Status> WatchMigrations(const protocol::Call& call, const v1::WatchMigrationsRequest& message,
                                            protocol::Stream<v1::WatchMigrationsResponse>& stream);

 private:
  async::Task<absl::StatusOr<v1::LookupServingSystemResponse>> Lookup(const protocol::Call& call,
                                                                      const protocol::LookupRequest& request) const;

  const Doors doors_;
  const ops::DecisionSource source_;
};

}  // namespace mcmig::partner_server

#endif  // SERVICES_PARTNER_SERVER_VISITOR_DIRECTORY_H_
