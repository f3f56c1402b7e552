#include "services/mcmig/offline_profiles.h"

#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "common/config/load.h"
#include "common/register/import.h"
#include "common/register/open_store.h"

namespace mcmig::cli {

absl::StatusOr<std::unique_ptr<OfflineProfiles>> OfflineProfiles::Open(const std::string& config_file) {
  absl::StatusOr<config::Loaded<config::v1::PrimaryServerConfig>> loaded =
      config::Load<config::v1::PrimaryServerConfig>(config_file);
  if (!loaded.ok()) return loaded.status();
  auto store = migration::OpenMigrationStore(loaded->config.store());
  if (!store.ok()) {
    return absl::Status(store.status().code(),
                        absl::StrCat("the store cannot be opened: ", store.status().message(),
                                     "; where its server runs, import through it with --server"));
  }
  return std::unique_ptr<OfflineProfiles>(new OfflineProfiles(std::move(loaded->systems), *std::move(store)));
}

absl::StatusOr<v1::ImportResponse> OfflineProfiles::Apply(const v1::ImportUserProfilesRequest& request) {
  v1::ImportResponse response;
  std::vector<migration::MigrationStore::ProfileEntry> entries;
  for (int i = 0; i < request.profiles_size(); ++i) {
    absl::StatusOr<migration::MigrationStore::ProfileEntry> entry =
        migration::ParseUserProfile(request.profiles(i), *systems_);
    if (entry.ok()) {
      entries.push_back(*std::move(entry));
      continue;
    }
    v1::ImportError& error = *response.add_errors();
    error.set_index(static_cast<uint32_t>(i));
    error.set_reason(std::string(entry.status().message()));
  }
  if (absl::Status imported = store_->ImportProfiles(entries); !imported.ok()) return imported;
  response.set_applied(static_cast<uint32_t>(entries.size()));
  return response;
}

}  // namespace mcmig::cli
