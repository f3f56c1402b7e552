#ifndef SERVICES_MCMIG_OFFLINE_PROFILES_H_
#define SERVICES_MCMIG_OFFLINE_PROFILES_H_

#include <memory>
#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "common/identity/system_table.h"
#include "common/register/migration_store.h"
#include "mcmig/v1/admin.pb.h"

namespace mcmig::cli {

// The profiles of a primary server that does not run: its store, opened by this process.
class OfflineProfiles {
 public:
  // The store of a primary-server configuration file. INVALID_ARGUMENT with every violation of the file;
  // FAILED_PRECONDITION, with what to do, where a server has the store open.
  static absl::StatusOr<std::unique_ptr<OfflineProfiles>> Open(const std::string& config_file);

  // As PrimaryAdmin/ImportUserProfiles. UNAVAILABLE where the store failed. One thread at a time.
  absl::StatusOr<v1::ImportResponse> Apply(const v1::ImportUserProfilesRequest& request);

 private:
  OfflineProfiles(std::shared_ptr<const identity::SystemTable> systems,
                  std::unique_ptr<migration::MigrationStore> store)
      : systems_(std::move(systems)), store_(std::move(store)) {}

  const std::shared_ptr<const identity::SystemTable> systems_;
  const std::unique_ptr<migration::MigrationStore> store_;
};

}  // namespace mcmig::cli

#endif  // SERVICES_MCMIG_OFFLINE_PROFILES_H_
