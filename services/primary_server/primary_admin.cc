#include "services/primary_server/primary_admin.h"

#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "common/admin/page.h"
#include "common/register/import.h"
#include "services/primary_server/admin_messages.h"
#include "services/primary_server/place.h"

namespace mcmig::primary_server {
namespace {

using migration::MigrationStore;
using protocol::Call;

absl::StatusOr<migration::UserKey> ParseKey(const std::string& id, absl::string_view id_field, v1::McService service) {
  const absl::StatusOr<identity::McServiceId> parsed = identity::McServiceId::Parse(id);
  if (!parsed.ok()) return absl::InvalidArgumentError(absl::StrCat(id_field, ": ", parsed.status().message()));
  const absl::StatusOr<protocol::McService> known = protocol::ParseMcService(service, "mc_service");
  if (!known.ok()) return known.status();
  return migration::UserKey{parsed->canonical(), *known};
}

}  // namespace

async::Task<absl::StatusOr<v1::ImportResponse>> PrimaryAdmin::ImportUserProfiles(
    const Call& call, const v1::ImportUserProfilesRequest& request) {
  if (static_cast<size_t>(request.profiles_size()) > admin::kMaxEntries) {
    co_return absl::InvalidArgumentError(absl::StrCat("profiles: more than ", admin::kMaxEntries));
  }
  v1::ImportResponse response;
  std::vector<MigrationStore::ProfileEntry> entries;
  for (int i = 0; i < request.profiles_size(); ++i) {
    absl::StatusOr<MigrationStore::ProfileEntry> entry = migration::ParseUserProfile(request.profiles(i), *systems_);
    if (entry.ok()) {
      entries.push_back(*std::move(entry));
      continue;
    }
    v1::ImportError& error = *response.add_errors();
    error.set_index(i);
    error.set_reason(std::string(entry.status().message()));
  }
  response.set_applied(entries.size());
  if (!entries.empty()) {
    const absl::Status imported = co_await migrations_.ImportProfiles(*call.executor, std::move(entries));
    if (!imported.ok()) co_return imported;
  }
  co_return response;
}

async::Task<absl::StatusOr<v1::GetUserProfilesResponse>> PrimaryAdmin::GetUserProfiles(
    const Call& /*call*/, const v1::GetUserProfilesRequest& request) {
  const absl::StatusOr<migration::UserKey> key =
      ParseKey(request.mc_service_id(), "mc_service_id", request.mc_service());
  if (!key.ok()) co_return key.status();
  const absl::StatusOr<migration::Snapshot> snapshot = migrations_.Read(*key, "");
  if (!snapshot.ok()) co_return snapshot.status();
  if (!snapshot->user.has_value()) co_return absl::NotFoundError("no profiles of this user and service");
  v1::GetUserProfilesResponse response;
  for (const migration::Profile& profile : snapshot->user->profiles) {
    *response.add_profiles() = ToProto(profile, snapshot->user->mc_service_id, key->service);
  }
  co_return response;
}

async::Task<absl::StatusOr<v1::MigrationRecord>> PrimaryAdmin::GetMigration(const Call& /*call*/,
                                                                            const v1::GetMigrationRequest& request) {
  const absl::StatusOr<migration::UserKey> key =
      ParseKey(request.primary_mc_service_id(), "primary_mc_service_id", request.mc_service());
  if (!key.ok()) co_return key.status();
  const absl::StatusOr<migration::Snapshot> snapshot = migrations_.Read(*key, "");
  if (!snapshot.ok()) co_return snapshot.status();
  if (!snapshot->record.has_value()) co_return absl::NotFoundError("this user and service never migrated");
  co_return ToProto(*snapshot->record, key->service);
}

async::Task<absl::StatusOr<v1::ListMigrationsResponse>> PrimaryAdmin::ListMigrations(
    const Call& /*call*/, const v1::ListMigrationsRequest& request) {
  const absl::StatusOr<admin::Page> page = admin::ParsePage(request.page_size(), request.page_token());
  if (!page.ok()) co_return page.status();
  std::optional<migration::UserKey> after;
  if (!page->after.empty()) {
    absl::StatusOr<migration::UserKey> key = KeyOfPlace(page->after);
    if (!key.ok()) co_return key.status();
    after = *std::move(key);
  }
  const absl::StatusOr<std::vector<MigrationStore::RecordEntry>> records = migrations_.ListRecords(after, page->limit);
  if (!records.ok()) co_return records.status();
  v1::ListMigrationsResponse response;
  for (const MigrationStore::RecordEntry& entry : *records) {
    *response.add_migrations() = ToProto(entry.record, entry.key.service);
  }
  // A full page may be the last one; then the next is empty.
  if (records->size() == page->limit) response.set_next_page_token(admin::PageToken(PlaceOf(records->back().key)));
  co_return response;
}

}  // namespace mcmig::primary_server
