#include "common/register/postgresql/migration_store.h"

#include <algorithm>
#include <map>
#include <string>

#include "absl/container/flat_hash_map.h"
#include "absl/time/time.h"
#include "common/register/postgresql/frozen_view.h"
#include "common/register/postgresql/migration_schema.h"
#include "common/register/profile.h"
#include "common/register/row_codec.h"
#include "common/register/row_migration_store.h"

namespace mcmig::migration {
namespace {

using postgresql::Command;
using postgresql::Parameters;
using postgresql::Rows;
using postgresql::Statement;

constexpr Statement kRead = {"read", R"sql(
  SELECT (SELECT value FROM profiles WHERE canonical_id = $1 AND service = $2),
         (SELECT value FROM agreements WHERE partner_system = $3),
         (SELECT value FROM records WHERE canonical_id = $1 AND service = $2))sql"};
constexpr Statement kApply = {
    "apply", "SELECT * FROM apply_mutation($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)"};
constexpr Statement kAgreements = {"agreements", "SELECT partner_system, value FROM agreements"};
constexpr Statement kSetAgreement = {"set_agreement", R"sql(
  INSERT INTO agreements VALUES ($1, $2, $3)
  ON CONFLICT (partner_system) DO UPDATE SET version = excluded.version, value = excluded.value)sql"};
constexpr Statement kEndAgreement = {"end_agreement", "DELETE FROM agreements WHERE partner_system = $1"};
constexpr Statement kProfiles = {
    "profiles", "SELECT canonical_id, service, value FROM profiles WHERE canonical_id = ANY ($1::text[])"};
constexpr Statement kPutProfiles = {"put_profiles", R"sql(
  INSERT INTO profiles VALUES ($1, $2, $3, $4)
  ON CONFLICT (canonical_id, service) DO UPDATE SET version = excluded.version, value = excluded.value)sql"};
constexpr Statement kRemoveProfiles = {"remove_profiles",
                                       "DELETE FROM profiles WHERE canonical_id = $1 AND service = $2"};
constexpr Statement kAcknowledge = {"acknowledge", "DELETE FROM outbox WHERE partner_system = $1 AND sequence = $2"};

Parameters ParametersOf(const UserKey& key) {
  return Parameters().Bytes(key.canonical_id).Number(static_cast<int64_t>(key.service));
}

// In the order of apply_mutation.
Parameters ParametersOf(const Mutation& mutation) {
  const Record& record = mutation.record;
  Parameters values = ParametersOf(mutation.key);
  values.Number(mutation.expected_epoch.incarnation).Number(mutation.expected_epoch.counter);
  if (mutation.permission) {
    values.Number(mutation.permission->profile_version)
        .Bytes(mutation.permission->agreement_with)
        .Number(mutation.permission->agreement_version);
  } else {
    values.Null().Null().Null();
  }
  values.Number(record.epoch.incarnation).Number(record.epoch.counter);
  const bool migrated = record.state == State::kMigrated;
  const identity::SystemName after = migrated ? record.partner_system : identity::SystemName();
  migrated ? values.Bytes(after) : values.Null();
  const bool ends = migrated && record.authorized_until != absl::InfiniteFuture();
  ends ? values.Number(absl::ToUnixNanos(record.authorized_until)) : values.Null();
  // What only the database knows – sequences and where the user was – is in columns, and 0 in the values.
  values.Bytes(row::ValueOf(record, mutation.answered, /*last_change=*/0));
  values.Bytes(row::ValueOf(JournalEntry{.key = mutation.key,
                                         .change = mutation.change,
                                         .epoch = record.epoch,
                                         .before = {},
                                         .after = after,
                                         .request_id = record.request_id,
                                         .at = record.decided_at},
                            /*previous=*/0));
  if (!mutation.cancel) return values.Null().Null();
  return values.Bytes(mutation.cancel->partner_system)
      .Bytes(row::ValueOf(OutboxEntry{
          .partner_system = {}, .key = mutation.key, .epoch = mutation.cancel->epoch, .at = record.decided_at}));
}

}  // namespace

absl::StatusOr<std::unique_ptr<MigrationStore>> PostgreSqlMigrationStore::Open(postgresql::SessionOptions options) {
  absl::StatusOr<std::unique_ptr<postgresql::Database>> database =
      postgresql::Database::Open(std::move(options), postgresql::kMigrationSchema);
  if (!database.ok()) return database.status();
  return std::unique_ptr<MigrationStore>(new PostgreSqlMigrationStore(*std::move(database)));
}

absl::StatusOr<Snapshot> PostgreSqlMigrationStore::Read(const UserKey& key, const identity::SystemName& partner) {
  const absl::StatusOr<Rows> rows = database_->Read(kRead, ParametersOf(key).Bytes(partner));
  if (!rows.ok()) return rows.status();
  Snapshot snapshot;
  if (!rows->IsNull(0, 0)) {
    absl::StatusOr<UserProfiles> user = row::ParseUserProfiles(rows->Bytes(0, 0));
    if (!user.ok()) return user.status();
    snapshot.user = *std::move(user);
  }
  if (!rows->IsNull(0, 1)) {
    absl::StatusOr<Agreement> agreement = row::ParseAgreement(rows->Bytes(0, 1));
    if (!agreement.ok()) return agreement.status();
    snapshot.agreement = *std::move(agreement);
  }
  if (!rows->IsNull(0, 2)) {
    absl::StatusOr<row::RecordRow> record = row::ParseRecord(rows->Bytes(0, 2));
    if (!record.ok()) return record.status();
    snapshot.record = std::move(record->record);
    snapshot.answered = std::move(record->answered);
  }
  return snapshot;
}

absl::StatusOr<std::vector<CommitOutcome>> PostgreSqlMigrationStore::Apply(absl::Span<const Mutation> mutations) {
  if (mutations.empty()) return std::vector<CommitOutcome>();
  std::vector<Command> commands;
  commands.reserve(mutations.size());
  for (const Mutation& mutation : mutations) commands.push_back({kApply, ParametersOf(mutation)});
  const absl::StatusOr<std::vector<Rows>> results = database_->Write(std::move(commands));
  if (!results.ok()) return results.status();
  std::vector<CommitOutcome> outcomes;
  outcomes.reserve(mutations.size());
  for (const Rows& result : *results) {
    outcomes.push_back(static_cast<CommitOutcome>(result.Number(0, 0)));
    // A record that cannot be understood is damaged, not changed.
    if (result.IsNull(0, 1)) continue;
    if (const auto held = row::ParseRecord(result.Bytes(0, 1)); !held.ok()) return held.status();
  }
  return outcomes;
}

absl::Status PostgreSqlMigrationStore::SetAgreements(
    const absl::flat_hash_map<identity::SystemName, std::vector<protocol::McService>>& agreements) {
  return database_->Change(
      {kAgreements, {}}, [&agreements](uint64_t version, const Rows& rows) -> absl::StatusOr<std::vector<Command>> {
        std::map<identity::SystemName, std::vector<protocol::McService>> stored;
        for (size_t i = 0; i < rows.size(); ++i) {
          absl::StatusOr<Agreement> agreement = row::ParseAgreement(rows.Bytes(i, 1));
          if (!agreement.ok()) return agreement.status();
          stored[rows.Text(i, 0)] = std::move(agreement->services);
        }
        std::vector<Command> commands;
        for (const auto& [partner, services] : agreements) {
          Agreement agreement{.version = version, .services = services};
          std::sort(agreement.services.begin(), agreement.services.end());
          const auto known = stored.find(partner);
          if (known == stored.end() || known->second != agreement.services) {
            commands.push_back(
                {kSetAgreement, Parameters().Bytes(partner).Number(version).Bytes(row::ValueOf(agreement))});
          }
          if (known != stored.end()) stored.erase(known);
        }
        for (const auto& [partner, services] : stored) {
          commands.push_back({kEndAgreement, Parameters().Bytes(partner)});
        }
        return commands;
      });
}

absl::Status PostgreSqlMigrationStore::ImportProfiles(absl::Span<const ProfileEntry> entries) {
  if (entries.empty()) return absl::OkStatus();
  std::vector<std::string> ids;
  ids.reserve(entries.size());
  for (const ProfileEntry& entry : entries) ids.push_back(entry.key.canonical_id);
  return database_->Change(
      {kProfiles, Parameters().Texts(ids)},
      [entries](uint64_t version, const Rows& rows) -> absl::StatusOr<std::vector<Command>> {
        std::map<UserKey, UserProfiles> stored;
        for (size_t i = 0; i < rows.size(); ++i) {
          absl::StatusOr<UserProfiles> user = row::ParseUserProfiles(rows.Bytes(i, 2));
          if (!user.ok()) return user.status();
          stored[{rows.Text(i, 0), static_cast<protocol::McService>(rows.Number(i, 1))}] = *std::move(user);
        }
        std::map<UserKey, UserProfiles*> changed;
        for (const ProfileEntry& entry : entries) {
          UserProfiles& user = stored[entry.key];
          user.version = version;
          user.mc_service_id = entry.mc_service_id;
          PutProfile(entry.profile, &user);
          changed[entry.key] = &user;
        }
        std::vector<Command> commands;
        commands.reserve(changed.size());
        for (const auto& [key, user] : changed) {
          commands.push_back({kPutProfiles, ParametersOf(key).Number(version).Bytes(row::ValueOf(*user))});
        }
        return commands;
      });
}

absl::StatusOr<size_t> PostgreSqlMigrationStore::RemoveProfiles(const ProfileSelection& selection) {
  size_t removed = 0;
  absl::Status changed =
      database_->Change({kProfiles, Parameters().Texts({selection.key.canonical_id})},
                        [&](uint64_t version, const Rows& rows) -> absl::StatusOr<std::vector<Command>> {
                          removed = 0;
                          for (size_t i = 0; i < rows.size(); ++i) {
                            if (static_cast<protocol::McService>(rows.Number(i, 1)) != selection.key.service) continue;
                            absl::StatusOr<UserProfiles> user = row::ParseUserProfiles(rows.Bytes(i, 2));
                            if (!user.ok()) return user.status();
                            removed = std::erase_if(user->profiles, [&selection](const Profile& profile) {
                              return !selection.index.has_value() || profile.index == *selection.index;
                            });
                            if (removed == 0) break;
                            if (user->profiles.empty())
                              return std::vector<Command>{{kRemoveProfiles, ParametersOf(selection.key)}};
                            user->version = version;
                            return std::vector<Command>{
                                {kPutProfiles, ParametersOf(selection.key).Number(version).Bytes(row::ValueOf(*user))}};
                          }
                          return std::vector<Command>();
                        });
  if (!changed.ok()) return changed;
  return removed;
}

absl::Status PostgreSqlMigrationStore::Acknowledge(absl::Span<const Acknowledgement> cancels) {
  if (cancels.empty()) return absl::OkStatus();
  std::vector<Command> commands;
  commands.reserve(cancels.size());
  for (const Acknowledgement& cancel : cancels) {
    commands.push_back({kAcknowledge, Parameters().Bytes(cancel.partner_system).Number(cancel.sequence)});
  }
  return database_->Write(std::move(commands)).status();
}

absl::StatusOr<FrozenStore> PostgreSqlMigrationStore::Freeze() const {
  absl::StatusOr<std::unique_ptr<postgresql::Connection>> connection = database_->Freeze();
  if (!connection.ok()) return connection.status();
  return FrozenStore{.kind = StoreKind::kMigrations,
                     .schema = RowMigrationStore::kSchema,
                     .families = RowMigrationStore::Families(),
                     .rows = std::make_unique<postgresql::FrozenView>(*std::move(connection), database_->incarnation(),
                                                                      postgresql::MigrationFamilies()),
                     .at_once = postgresql::FrozenView::kAtOnce};
}

}  // namespace mcmig::migration
