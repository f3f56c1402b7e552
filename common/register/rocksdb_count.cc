#include "common/register/rocksdb_count.h"

#include <optional>
#include <string>

#include "common/register/storage.pb.h"

namespace mcmig::migration {
namespace {

constexpr char kCountKey[] = "count";

}  // namespace

absl::StatusOr<uint64_t> ReadCount(const RocksDatabase& database, rocksdb::ColumnFamilyHandle* family,
                                   absl::FunctionRef<bool(absl::string_view value)> counts) {
  const absl::StatusOr<std::optional<std::string>> value = database.Get(database.metadata(), kCountKey);
  if (!value.ok()) return value.status();
  if (value->has_value()) {
    storage::RowCount row;
    if (!row.ParseFromString(**value)) return absl::DataLossError("the store's row count cannot be understood");
    return row.rows();
  }
  uint64_t count = 0;
  absl::Status scanned =
      database.Scan(family, "", "", SIZE_MAX, [&](absl::string_view /*key*/, absl::string_view stored) -> absl::Status {
        if (counts(stored)) ++count;
        return absl::OkStatus();
      });
  if (!scanned.ok()) return scanned;
  return count;
}

void PutCount(const RocksDatabase& database, uint64_t count, rocksdb::WriteBatch& batch) {
  storage::RowCount row;
  row.set_rows(count);
  batch.Put(database.metadata(), kCountKey, row.SerializeAsString());
}

}  // namespace mcmig::migration
