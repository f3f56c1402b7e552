#ifndef COMMON_REGISTER_POSTGRESQL_MIGRATION_STORE_H_
#define COMMON_REGISTER_POSTGRESQL_MIGRATION_STORE_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/register/migration_store.h"
#include "common/register/postgresql/database.h"

namespace mcmig::migration {

// The primary's state in a PostgreSQL database, which several servers may share: then they behave as one.
// docs/register.md says what the database has to be like.
//
// Beyond MigrationStore: writes may come from any thread. What a change read is compared in SQL, by the statement that
// makes the change. Nothing blocks for more than a few seconds.
class PostgreSqlMigrationStore final : public MigrationStore {
 public:
  // Statuses as postgresql::Database.
  static absl::StatusOr<std::unique_ptr<MigrationStore>> Open(postgresql::SessionOptions options);

  [[nodiscard]] uint64_t incarnation() const override { return database_->incarnation(); }
  absl::StatusOr<Snapshot> Read(const UserKey& key, const identity::SystemName& partner) override;
  absl::StatusOr<std::vector<CommitOutcome>> Apply(absl::Span<const Mutation> mutations) override;
  absl::Status SetAgreements(
      const absl::flat_hash_map<identity::SystemName, std::vector<protocol::McService>>& agreements) override;
  absl::Status ImportProfiles(absl::Span<const ProfileEntry> entries) override;
  absl::StatusOr<size_t> RemoveProfiles(const ProfileSelection& selection) override;
  [[nodiscard]] absl::StatusOr<bool> ReconciliationPending() const override {
    return database_->ReconciliationPending();
  }
  absl::Status SetReconciled() override { return database_->SetReconciled(); }
  absl::StatusOr<std::vector<RecordEntry>> ListRecords(const std::optional<UserKey>& after, size_t limit) override;
  absl::StatusOr<RecordPage> ListRecordsAt(const identity::SystemName& partner, const std::optional<UserKey>& after,
                                           size_t limit) override;
  absl::StatusOr<std::vector<UserKey>> ListExpired(absl::Time time, size_t limit) override;
  absl::StatusOr<uint64_t> CountMigrated() override { return database_->CountUsers(); }
  absl::StatusOr<std::vector<JournalEntry>> ListJournal(uint64_t sequence, size_t limit) override;
  absl::StatusOr<uint64_t> LastSequence() override;
  absl::StatusOr<std::vector<JournalEntry>> ListHistory(const UserKey& key, uint64_t sequence, size_t limit) override;
  absl::StatusOr<std::vector<OutboxEntry>> ListOutbox(const identity::SystemName& partner, uint64_t sequence,
                                                      size_t limit) override;
  absl::StatusOr<std::vector<OutboxEntry>> ListOldestCancels() override;
  absl::Status Acknowledge(absl::Span<const Acknowledgement> cancels) override;
  [[nodiscard]] absl::StatusOr<FrozenStore> Freeze() const override;

 private:
  explicit PostgreSqlMigrationStore(std::unique_ptr<postgresql::Database> database) : database_(std::move(database)) {}

  const std::unique_ptr<postgresql::Database> database_;
};

}  // namespace mcmig::migration

#endif  // COMMON_REGISTER_POSTGRESQL_MIGRATION_STORE_H_
