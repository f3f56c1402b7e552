#ifndef SERVICES_PRIMARY_SERVER_PRIMARY_ADMIN_H_
#define SERVICES_PRIMARY_SERVER_PRIMARY_ADMIN_H_

#include <memory>
#include <utility>

#include "absl/status/statusor.h"
#include "common/async/task.h"
#include "common/identity/system_table.h"
#include "common/protocol/call.h"
#include "common/register/migration_register.h"
#include "mcmig/v1/admin.pb.h"

namespace mcmig::primary_server {

// mcmig.v1.PrimaryAdmin, as its comments say. Who may call what is the permission table's. INVALID_ARGUMENT, "<field>:
// <violation>"; UNAVAILABLE and INTERNAL where the register fails. Thread-safe.
class PrimaryAdmin {
 public:
  // `migrations` outlives this object.
  PrimaryAdmin(std::shared_ptr<const identity::SystemTable> systems, migration::MigrationRegister& migrations)
      : systems_(std::move(systems)), migrations_(migrations) {}

  // UNAVAILABLE: whether the entries were applied is unknown; importing them again is safe.
  async::Task<absl::StatusOr<v1::ImportResponse>> ImportUserProfiles(const protocol::Call& call,
                                                                     const v1::ImportUserProfilesRequest& request);
  async::Task<absl::StatusOr<v1::GetUserProfilesResponse>> GetUserProfiles(const protocol::Call& call,
                                                                           const v1::GetUserProfilesRequest& request);
  async::Task<absl::StatusOr<v1::MigrationRecord>> GetMigration(const protocol::Call& call,
                                                                const v1::GetMigrationRequest& request);
  async::Task<absl::StatusOr<v1::ListMigrationsResponse>> ListMigrations(const protocol::Call& call,
                                                                         const v1::ListMigrationsRequest& request);

 private:
  const std::shared_ptr<const identity::SystemTable> systems_;
  migration::MigrationRegister& migrations_;
};

}  // namespace mcmig::primary_server

#endif  // SERVICES_PRIMARY_SERVER_PRIMARY_ADMIN_H_
