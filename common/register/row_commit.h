#ifndef COMMON_REGISTER_ROW_COMMIT_H_
#define COMMON_REGISTER_ROW_COMMIT_H_

#include <cstdint>
#include <optional>
#include <string>

#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "common/register/migration.h"
#include "common/register/row_families.h"
#include "common/register/row_store.h"

namespace mcmig::migration {

// One durable commit in the making: mutations are checked against the store and the mutations before them, and those
// that hold are collected in one batch. One thread; used once.
class RowCommit {
 public:
  // `last_sequence` is the journal's last; raised with every change.
  RowCommit(const RowStore& rows, uint64_t& last_sequence) : rows_(rows), last_sequence_(last_sequence) {}

  // kCommitted: in the batch.
  absl::StatusOr<CommitOutcome> Add(const Mutation& mutation);
  [[nodiscard]] RowBatch& batch() { return batch_; }
  // By how much the batch changes the number of migrated records.
  [[nodiscard]] int64_t more_migrated() const { return more_migrated_; }

 private:
  // What a record's row says once the batch is written, as far as a mutation asks.
  struct Current {
    protocol::Epoch epoch;
    identity::SystemName at;  // empty: at primary
    uint64_t last_change = 0;
    absl::Time authorized_until = absl::InfiniteFuture();
  };
  static Current CurrentOf(const Record& record, uint64_t last_change);

  // Pointer to the entry in `records_`, read from the store at the first time.
  absl::StatusOr<Current*> RecordAt(const std::string& key);
  // kCommitted where the permission still stands.
  absl::StatusOr<CommitOutcome> Check(const std::string& key, const Mutation::Permission& permission);
  absl::StatusOr<uint64_t> ProfileVersion(const std::string& key) const;
  absl::StatusOr<uint64_t> AgreementVersion(const identity::SystemName& partner);
  void MoveIndexes(const std::string& key, const Current& before, const Current& after);

  const RowStore& rows_;
  uint64_t& last_sequence_;
  RowBatch batch_;
  int64_t more_migrated_ = 0;
  absl::flat_hash_map<std::string, Current> records_;
  absl::flat_hash_map<identity::SystemName, uint64_t> agreement_versions_;
};

}  // namespace mcmig::migration

#endif  // COMMON_REGISTER_ROW_COMMIT_H_
