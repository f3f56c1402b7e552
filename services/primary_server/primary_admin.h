#ifndef SERVICES_PRIMARY_SERVER_PRIMARY_ADMIN_H_
#define SERVICES_PRIMARY_SERVER_PRIMARY_ADMIN_H_

#include <cstdint>
#include <memory>
#include <set>
#include <utility>

#include "absl/status/statusor.h"
#include "common/async/clock.h"
#include "common/async/executor.h"
#include "common/async/task.h"
#include "common/identity/system_table.h"
#include "common/protocol/call.h"
#include "common/register/migration_register.h"
#include "common/register/transition.h"
#include "mcmig/v1/admin.pb.h"
#include "services/primary_server/recheck.h"

namespace mcmig::primary_server {

// What the operators' side needs of the world. All that is pointed to outlives it.
struct PrimaryAdminDoors {
  std::shared_ptr<const identity::SystemTable> systems;
  migration::MigrationRegister* migrations = nullptr;
  const Recheck* recheck = nullptr;
  migration::Policy policy;
  const async::Clock* clock = nullptr;
};

// mcmig.v1.PrimaryAdmin, as its comments say. Who may call what is the permission table's. INVALID_ARGUMENT, "<field>:
// <violation>"; UNAVAILABLE and INTERNAL where the register fails. Thread-safe.
class PrimaryAdmin {
 public:
  explicit PrimaryAdmin(PrimaryAdminDoors doors) : doors_(std::move(doors)) {}

  // UNAVAILABLE: whether the entries were applied is unknown; importing them again is safe.
  async::Task<absl::StatusOr<v1::ImportResponse>> ImportUserProfiles(
      const protocol::Call& call, const v1::ImportUserProfilesRequest& request) const;
  // UNAVAILABLE: as ImportUserProfiles.
  async::Task<absl::StatusOr<v1::RemoveUserProfilesResponse>> RemoveUserProfiles(
      const protocol::Call& call, const v1::RemoveUserProfilesRequest& request) const;
  async::Task<absl::StatusOr<v1::GetUserProfilesResponse>> GetUserProfiles(
      const protocol::Call& call, const v1::GetUserProfilesRequest& request) const;
  async::Task<absl::StatusOr<v1::MigrationRecord>> GetMigration(const protocol::Call& call,
                                                                const v1::GetMigrationRequest& request) const;
  async::Task<absl::StatusOr<v1::ListMigrationsResponse>> ListMigrations(
      const protocol::Call& call, const v1::ListMigrationsRequest& request) const;
  // UNAVAILABLE: whether the user was taken back is unknown; revoking again is safe.
  async::Task<absl::StatusOr<v1::RevokeMigrationResponse>> RevokeMigration(
      const protocol::Call& call, const v1::RevokeMigrationRequest& request) const;
  async::Task<absl::StatusOr<v1::GetMigrationHistoryResponse>> GetMigrationHistory(
      const protocol::Call& call, const v1::GetMigrationHistoryRequest& request) const;

 private:
  // How many of `users` were taken back.
  async::Task<absl::StatusOr<uint32_t>> CheckUsers(async::Executor& executor, std::set<migration::UserKey> users) const;

  const PrimaryAdminDoors doors_;
};

}  // namespace mcmig::primary_server

#endif  // SERVICES_PRIMARY_SERVER_PRIMARY_ADMIN_H_
