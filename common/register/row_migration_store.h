#ifndef COMMON_REGISTER_ROW_MIGRATION_STORE_H_
#define COMMON_REGISTER_ROW_MIGRATION_STORE_H_

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/register/migration_store.h"
#include "common/register/row_store.h"

namespace mcmig::migration {

// The primary's state in rows. docs/register.md has its layout.
class RowMigrationStore final : public MigrationStore {
 public:
  // Schema of the layout, for StoreMeta.
  static constexpr uint32_t kSchema = 3;
  // Names of the families, in order.
  static std::vector<std::string> Families();
  // Brings rows of `schema`, 1 to kSchema, to kSchema. May be repeated where it was interrupted.
  static absl::Status Upgrade(RowStore& rows, uint32_t schema);

  static absl::StatusOr<std::unique_ptr<MigrationStore>> Open(std::unique_ptr<RowStore> rows);

  [[nodiscard]] uint64_t incarnation() const override { return rows_->incarnation(); }
  absl::StatusOr<Snapshot> Read(const UserKey& key, const identity::SystemName& partner) override;
  absl::StatusOr<std::vector<CommitOutcome>> Apply(absl::Span<const Mutation> mutations) override;
  absl::Status SetAgreements(
      const absl::flat_hash_map<identity::SystemName, std::vector<protocol::McService>>& agreements) override;
  absl::Status ImportProfiles(absl::Span<const ProfileEntry> entries) override;
  absl::StatusOr<size_t> RemoveProfiles(const ProfileSelection& selection) override;
  absl::StatusOr<std::vector<RecordEntry>> ListRecords(const std::optional<UserKey>& after, size_t limit) override;
  absl::StatusOr<RecordPage> ListRecordsAt(const identity::SystemName& partner, const std::optional<UserKey>& after,
                                           size_t limit) override;
  absl::StatusOr<std::vector<UserKey>> ListExpired(absl::Time time, size_t limit) override;
  absl::StatusOr<uint64_t> CountMigrated() override { return migrated_.load(); }
  absl::StatusOr<std::vector<JournalEntry>> ListJournal(uint64_t sequence, size_t limit) override;
  absl::StatusOr<uint64_t> LastSequence() override;
  absl::StatusOr<std::vector<JournalEntry>> ListHistory(const UserKey& key, uint64_t sequence, size_t limit) override;
  absl::StatusOr<std::vector<OutboxEntry>> ListOutbox(const identity::SystemName& partner, uint64_t sequence,
                                                      size_t limit) override;
  absl::StatusOr<std::vector<OutboxEntry>> ListOldestCancels() override;
  absl::Status Acknowledge(absl::Span<const Acknowledgement> cancels) override;
  [[nodiscard]] absl::StatusOr<bool> ReconciliationPending() const override;
  absl::Status SetReconciled() override;
  [[nodiscard]] absl::StatusOr<FrozenStore> Freeze() const override;

 private:
  explicit RowMigrationStore(std::unique_ptr<RowStore> rows) : rows_(std::move(rows)) {}

  const std::unique_ptr<RowStore> rows_;
  // The last given, also where its commit failed: none is given twice.
  uint64_t last_sequence_ = 0;
  uint64_t last_version_ = 0;
  // Changed by the writer, read by any thread.
  std::atomic<uint64_t> migrated_ = 0;
};

}  // namespace mcmig::migration

#endif  // COMMON_REGISTER_ROW_MIGRATION_STORE_H_
