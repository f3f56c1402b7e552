#ifndef SERVICES_PRIMARY_SERVER_MIGRATION_DIRECTORY_H_
#define SERVICES_PRIMARY_SERVER_MIGRATION_DIRECTORY_H_

#include <cstddef>
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
#include "common/register/migration_register.h"
#include "mcmig/v1/migration_directory.pb.h"
#include "services/primary_server/journal_tail.h"

namespace mcmig::primary_server {

// mcmig.v1.MigrationDirectory of the own users, from the migration register (an extension). Every call is in the
// decision log. Who may call is the permission table's. The executor's thread.
class MigrationDirectory {
 public:
  // All that is pointed to outlives the directory.
  struct Doors {
    std::shared_ptr<const identity::SystemTable> systems;
    const migration::MigrationRegister* migrations = nullptr;
    // How far clocks of other MC systems may be apart.
    absl::Duration clock_skew = absl::Seconds(30);
    const async::Clock* clock = nullptr;
    ops::DecisionLog* log = nullptr;
    // For watches.
    JournalTail* tail = nullptr;
    size_t max_watchers = 16;
    // How long nothing is sent where nothing changes.
    absl::Duration heartbeat = absl::Seconds(10);
  };
  explicit MigrationDirectory(Doors doors)
      : doors_(std::move(doors)),
        source_{doors_.log, doors_.clock, "primary_server", "lookup"},
        watch_source_{doors_.log, doors_.clock, "primary_server", "watch"} {}

  // INVALID_ARGUMENT, also for a user of another MC system; UNAVAILABLE where the register cannot be read: then no user
  // is answered for.
  async::Task<absl::StatusOr<v1::LookupServingSystemResponse>> LookupServingSystem(
      const protocol::Call& call, const v1::LookupServingSystemRequest& message) const;

  // Sends changes until nobody reads them. INVALID_ARGUMENT; FAILED_PRECONDITION where the token cannot be resumed
  // from; RESOURCE_EXHAUSTED where max_watchers watch; UNAVAILABLE where the register cannot be read. One decision, on
  // whether the watch begins.
  async::Task<absl::Status> WatchMigrations(const protocol::Call& call, const v1::WatchMigrationsRequest& message,
                                            protocol::Stream<v1::WatchMigrationsResponse>& stream);

 private:
  absl::StatusOr<JournalPlace> BeginWatch(const v1::WatchMigrationsRequest& message) const;
  async::Task<absl::Status> Follow(const protocol::Call& call, JournalPlace place,
                                   protocol::Stream<v1::WatchMigrationsResponse>& stream);
  async::Task<absl::StatusOr<v1::LookupServingSystemResponse>> Lookup(const protocol::Call& call,
                                                                      const protocol::LookupRequest& request) const;

  const Doors doors_;
  const ops::DecisionSource source_;
  const ops::DecisionSource watch_source_;
  size_t watchers_ = 0;
};

}  // namespace mcmig::primary_server

#endif  // SERVICES_PRIMARY_SERVER_MIGRATION_DIRECTORY_H_
