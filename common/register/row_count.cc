#include "common/register/row_count.h"

#include <optional>
#include <string>

#include "common/register/row_families.h"
#include "common/register/storage.pb.h"

namespace mcmig::migration {
absl::StatusOr<uint64_t> ReadCount(const RowStore& rows, size_t family,
                                   absl::FunctionRef<bool(absl::string_view value)> counts) {
  const absl::StatusOr<std::optional<std::string>> value = rows.Get({RowStore::kMetadata, kCountKey});
  if (!value.ok()) return value.status();
  if (value->has_value()) {
    storage::RowCount row;
    if (!row.ParseFromString(**value)) return absl::DataLossError("the store's row count cannot be understood");
    return row.rows();
  }
  uint64_t count = 0;
  absl::Status scanned =
      rows.Scan(family, "", "", SIZE_MAX, [&](absl::string_view /*key*/, absl::string_view stored) -> absl::Status {
        if (counts(stored)) ++count;
        return absl::OkStatus();
      });
  if (!scanned.ok()) return scanned;
  return count;
}

void PutCount(uint64_t count, RowBatch& batch) {
  storage::RowCount row;
  row.set_rows(count);
  batch.Put(RowStore::kMetadata, kCountKey, row.SerializeAsString());
}

}  // namespace mcmig::migration
