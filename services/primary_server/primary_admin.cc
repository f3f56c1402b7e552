#include "services/primary_server/primary_admin.h"

#include <cstdint>
#include <limits>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "common/admin/page.h"
#include "common/admin/place.h"
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
    const Call& call, const v1::ImportUserProfilesRequest& request) const {
  if (static_cast<size_t>(request.profiles_size()) > admin::kMaxEntries) {
    co_return absl::InvalidArgumentError(absl::StrCat("profiles: more than ", admin::kMaxEntries));
  }
  v1::ImportResponse response;
  std::vector<MigrationStore::ProfileEntry> entries;
  for (int i = 0; i < request.profiles_size(); ++i) {
    absl::StatusOr<MigrationStore::ProfileEntry> entry =
        migration::ParseUserProfile(request.profiles(i), *doors_.systems);
    if (entry.ok()) {
      entries.push_back(*std::move(entry));
      continue;
    }
    v1::ImportError& error = *response.add_errors();
    error.set_index(i);
    error.set_reason(std::string(entry.status().message()));
  }
  response.set_applied(entries.size());
  if (entries.empty()) co_return response;
  std::set<migration::UserKey> users;
  for (const MigrationStore::ProfileEntry& entry : entries) users.insert(entry.key);
  const absl::Status imported = co_await doors_.migrations->ImportProfiles(*call.executor, std::move(entries));
  if (!imported.ok()) co_return imported;
  const absl::StatusOr<uint32_t> taken_back = co_await CheckUsers(*call.executor, std::move(users));
  if (!taken_back.ok()) co_return taken_back.status();
  response.set_taken_back(*taken_back);
  co_return response;
}

async::Task<absl::StatusOr<uint32_t>> PrimaryAdmin::CheckUsers(async::Executor& executor,
                                                               std::set<migration::UserKey> users) const {
  uint32_t taken_back = 0;
  for (const migration::UserKey& user : users) {
    const absl::StatusOr<bool> checked = co_await doors_.recheck->CheckUser(executor, user);
    if (!checked.ok()) co_return checked.status();
    if (*checked) ++taken_back;
  }
  co_return taken_back;
}

async::Task<absl::StatusOr<v1::RemoveUserProfilesResponse>> PrimaryAdmin::RemoveUserProfiles(
    const Call& call, const v1::RemoveUserProfilesRequest& request) const {
  const absl::StatusOr<migration::UserKey> key =
      ParseKey(request.mc_service_id(), "mc_service_id", request.mc_service());
  if (!key.ok()) co_return key.status();
  MigrationStore::ProfileSelection selection{.key = *key, .index = std::nullopt};
  if (request.has_mc_service_user_profile_index()) {
    if (request.mc_service_user_profile_index() > std::numeric_limits<uint8_t>::max()) {
      co_return absl::InvalidArgumentError("mc_service_user_profile_index: more than 255");
    }
    selection.index = static_cast<uint8_t>(request.mc_service_user_profile_index());
  }
  const absl::StatusOr<size_t> removed = co_await doors_.migrations->RemoveProfiles(*call.executor, selection);
  if (!removed.ok()) co_return removed.status();
  // Also where there were none: the answer to a removal may have been lost before this was done.
  const absl::StatusOr<bool> taken_back = co_await doors_.recheck->CheckUser(*call.executor, *key);
  if (!taken_back.ok()) co_return taken_back.status();
  v1::RemoveUserProfilesResponse response;
  response.set_removed(static_cast<uint32_t>(*removed));
  response.set_taken_back(*taken_back);
  co_return response;
}

async::Task<absl::StatusOr<v1::GetUserProfilesResponse>> PrimaryAdmin::GetUserProfiles(
    const Call& /*call*/, const v1::GetUserProfilesRequest& request) const {
  const absl::StatusOr<migration::UserKey> key =
      ParseKey(request.mc_service_id(), "mc_service_id", request.mc_service());
  if (!key.ok()) co_return key.status();
  const absl::StatusOr<migration::Snapshot> snapshot = doors_.migrations->Read(*key, "");
  if (!snapshot.ok()) co_return snapshot.status();
  if (!snapshot->user.has_value()) co_return absl::NotFoundError("no profiles of this user and service");
  v1::GetUserProfilesResponse response;
  for (const migration::Profile& profile : snapshot->user->profiles) {
    *response.add_profiles() = ToProto(profile, snapshot->user->mc_service_id, key->service);
  }
  co_return response;
}

async::Task<absl::StatusOr<v1::MigrationRecord>> PrimaryAdmin::GetMigration(
    const Call& /*call*/, const v1::GetMigrationRequest& request) const {
  const absl::StatusOr<migration::UserKey> key =
      ParseKey(request.primary_mc_service_id(), "primary_mc_service_id", request.mc_service());
  if (!key.ok()) co_return key.status();
  const absl::StatusOr<migration::Snapshot> snapshot = doors_.migrations->Read(*key, "");
  if (!snapshot.ok()) co_return snapshot.status();
  if (!snapshot->record.has_value()) co_return absl::NotFoundError("this user and service never migrated");
  co_return ToProto(*snapshot->record, key->service);
}

async::Task<absl::StatusOr<v1::ListMigrationsResponse>> PrimaryAdmin::ListMigrations(
    const Call& /*call*/, const v1::ListMigrationsRequest& request) const {
  const absl::StatusOr<admin::Page> page = admin::ParsePage(request.page_size(), request.page_token());
  if (!page.ok()) co_return page.status();
  std::optional<migration::UserKey> after;
  if (!page->after.empty()) {
    absl::StatusOr<migration::UserKey> key = admin::KeyOfPlace(page->after);
    if (!key.ok()) co_return key.status();
    after = *std::move(key);
  }
  const absl::StatusOr<MigrationStore::RecordPage> records =
      RecordsOf(*doors_.migrations, request.partner_system(), after, page->limit);
  if (!records.ok()) co_return records.status();
  v1::ListMigrationsResponse response;
  for (const MigrationStore::RecordEntry& entry : records->entries) {
    *response.add_migrations() = ToProto(entry.record, entry.key.service);
  }
  if (records->next) response.set_next_page_token(admin::PageToken(admin::PlaceOf(*records->next)));
  co_return response;
}

async::Task<absl::StatusOr<v1::RevokeMigrationResponse>> PrimaryAdmin::RevokeMigration(
    const Call& call, const v1::RevokeMigrationRequest& request) const {
  const absl::StatusOr<migration::UserKey> key =
      ParseKey(request.primary_mc_service_id(), "primary_mc_service_id", request.mc_service());
  if (!key.ok()) co_return key.status();
  const absl::StatusOr<migration::Plan> plan =
      co_await doors_.migrations->Settle(*call.executor, migration::Revoke{.key = *key}, *doors_.clock, doors_.policy);
  if (!plan.ok()) co_return plan.status();
  v1::RevokeMigrationResponse response;
  response.set_changed(plan->mutation.has_value());
  if (plan->mutation) {
    *response.mutable_migration() = ToProto(plan->mutation->record, key->service);
    co_return response;
  }
  const absl::StatusOr<migration::Snapshot> snapshot = doors_.migrations->Read(*key, "");
  if (!snapshot.ok()) co_return snapshot.status();
  if (snapshot->record) *response.mutable_migration() = ToProto(*snapshot->record, key->service);
  co_return response;
}

async::Task<absl::StatusOr<v1::GetMigrationHistoryResponse>> PrimaryAdmin::GetMigrationHistory(
    const Call& /*call*/, const v1::GetMigrationHistoryRequest& request) const {
  const absl::StatusOr<migration::UserKey> key =
      ParseKey(request.primary_mc_service_id(), "primary_mc_service_id", request.mc_service());
  if (!key.ok()) co_return key.status();
  const absl::StatusOr<admin::Page> page = admin::ParsePage(request.page_size(), request.page_token());
  if (!page.ok()) co_return page.status();
  uint64_t before = 0;
  if (!page->after.empty() && (!absl::SimpleAtoi(page->after, &before) || before == 0)) {
    co_return absl::InvalidArgumentError("page_token: not one of this list");
  }
  const absl::StatusOr<std::vector<migration::JournalEntry>> changes =
      doors_.migrations->ListHistory(*key, before, page->limit);
  if (absl::IsInvalidArgument(changes.status())) {
    co_return absl::InvalidArgumentError("page_token: not one of this list");
  }
  if (!changes.ok()) co_return changes.status();
  v1::GetMigrationHistoryResponse response;
  for (const migration::JournalEntry& entry : *changes) *response.add_changes() = ToProto(entry);
  // A full page may be the last one; then the next is empty.
  if (changes->size() == page->limit) {
    response.set_next_page_token(admin::PageToken(absl::StrCat(changes->back().sequence)));
  }
  co_return response;
}

}  // namespace mcmig::primary_server
