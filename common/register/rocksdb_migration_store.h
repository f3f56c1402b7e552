#ifndef COMMON_REGISTER_ROCKSDB_MIGRATION_STORE_H_
#define COMMON_REGISTER_ROCKSDB_MIGRATION_STORE_H_

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/register/migration_store.h"

namespace rocksdb {
class Env;
}  // namespace rocksdb

namespace mcmig::migration {

class RocksDatabase;

// The primary's state in an embedded RocksDB database, owned by one process. docs/register.md has its layout.
class RocksDbMigrationStore final : public MigrationStore {
 public:
  // Opens the store in `directory`, which is made where missing. FAILED_PRECONDITION where it is in use, or of a
  // kind or schema that this program does not know; else as MigrationStore. `env`: the files, the machine's where null.
  static absl::StatusOr<std::unique_ptr<RocksDbMigrationStore>> Open(const std::string& directory,
                                                                     rocksdb::Env* env = nullptr);
  ~RocksDbMigrationStore() override;

  [[nodiscard]] uint64_t incarnation() const override;
  absl::StatusOr<Snapshot> Read(const UserKey& key, const identity::SystemName& partner) override;
  absl::StatusOr<std::vector<CommitOutcome>> Apply(absl::Span<const Mutation> mutations) override;
  absl::Status SetAgreements(
      const absl::flat_hash_map<identity::SystemName, std::vector<protocol::McService>>& agreements) override;
  absl::Status ImportProfiles(absl::Span<const ProfileEntry> entries) override;
  absl::StatusOr<std::vector<RecordEntry>> ListRecords(const std::optional<UserKey>& after, size_t limit) override;
  absl::StatusOr<uint64_t> CountMigrated() override { return migrated_.load(); }
  absl::StatusOr<std::vector<JournalEntry>> ListJournal(uint64_t sequence, size_t limit) override;
  absl::StatusOr<std::vector<OutboxEntry>> ListOutbox(const identity::SystemName& partner, uint64_t sequence,
                                                      size_t limit) override;

 private:
  explicit RocksDbMigrationStore(std::unique_ptr<RocksDatabase> database);

  const std::unique_ptr<RocksDatabase> database_;
  // The last given, also where its commit failed: none is given twice.
  uint64_t last_sequence_ = 0;
  uint64_t last_version_ = 0;
  // Changed by the writer, read by any thread.
  std::atomic<uint64_t> migrated_ = 0;
};

}  // namespace mcmig::migration

#endif  // COMMON_REGISTER_ROCKSDB_MIGRATION_STORE_H_
