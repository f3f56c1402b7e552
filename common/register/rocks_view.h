#ifndef COMMON_REGISTER_ROCKS_VIEW_H_
#define COMMON_REGISTER_ROCKS_VIEW_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/register/row_view.h"
#include "rocksdb/db.h"
#include "rocksdb/snapshot.h"

namespace mcmig::migration {

// OK, DATA_LOSS or UNAVAILABLE. RocksDB's texts name files and offsets, never values.
absl::Status StatusOf(const rocksdb::Status& status);

// The rows of a RocksDB database, as they are or, with a snapshot, as they were when this object was made. `db` and
// `families`, in the order of the numbers of families, outlive it.
class RocksView final : public RowView {
 public:
  enum class Moment { kNow, kFrozen };
  RocksView(rocksdb::DB& db, const std::vector<rocksdb::ColumnFamilyHandle*>& families, uint64_t incarnation,
            Moment moment);

  [[nodiscard]] uint64_t incarnation() const override { return incarnation_; }
  absl::StatusOr<std::vector<std::optional<std::string>>> Get(absl::Span<const Place> places) const override;
  absl::StatusOr<std::optional<std::string>> Get(const Place& place) const override;
  absl::Status Scan(size_t family, const std::string& prefix, const std::string& after, size_t limit,
                    Row row) const override;
  absl::StatusOr<std::string> LastKey(size_t family) const override;

 private:
  [[nodiscard]] rocksdb::ReadOptions Options() const;

  rocksdb::DB& db_;
  const std::vector<rocksdb::ColumnFamilyHandle*>& families_;
  const uint64_t incarnation_;
  const std::unique_ptr<rocksdb::ManagedSnapshot> snapshot_;  // null: as they are
};

}  // namespace mcmig::migration

#endif  // COMMON_REGISTER_ROCKS_VIEW_H_
