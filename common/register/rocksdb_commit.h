#ifndef COMMON_REGISTER_ROCKSDB_COMMIT_H_
#define COMMON_REGISTER_ROCKSDB_COMMIT_H_

#include <cstdint>
#include <optional>
#include <string>

#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "common/register/migration.h"
#include "common/register/rocks_database.h"
#include "rocksdb/write_batch.h"

namespace mcmig::migration {

// The column families of the primary's store, in the order of RocksDatabase::Options::families.
enum MigrationFamily : size_t { kProfiles, kRecords, kJournal, kOutbox, kAgreements };

// One durable commit in the making: mutations are checked against the store and the mutations before them, and those
// that hold are collected in one batch. One thread; used once.
class RocksDbCommit {
 public:
  // `last_sequence` is the journal's last; raised with every change.
  RocksDbCommit(const RocksDatabase& database, uint64_t& last_sequence)
      : database_(database), last_sequence_(last_sequence) {}

  // kCommitted: in the batch.
  absl::StatusOr<CommitOutcome> Add(const Mutation& mutation);
  [[nodiscard]] rocksdb::WriteBatch& batch() { return batch_; }
  // By how much the batch changes the number of migrated records.
  [[nodiscard]] int64_t more_migrated() const { return more_migrated_; }

 private:
  // What a record's row says once the batch is written, as far as a mutation asks.
  struct Current {
    protocol::Epoch epoch;
    identity::SystemName at;  // empty: at primary
  };
  // Pointer to the entry in `records_`, read from the store at the first time.
  absl::StatusOr<Current*> RecordAt(const std::string& key);
  absl::StatusOr<uint64_t> ProfileVersion(const std::string& key);
  absl::StatusOr<uint64_t> AgreementVersion(const identity::SystemName& partner);

  const RocksDatabase& database_;
  uint64_t& last_sequence_;
  rocksdb::WriteBatch batch_;
  int64_t more_migrated_ = 0;
  absl::flat_hash_map<std::string, Current> records_;
  absl::flat_hash_map<identity::SystemName, uint64_t> agreement_versions_;
};

}  // namespace mcmig::migration

#endif  // COMMON_REGISTER_ROCKSDB_COMMIT_H_
