#include "common/register/backup_export.h"

#include <cstdint>

#include "common/protocol/timestamp.h"
#include "common/register/row_families.h"

namespace mcmig::migration {
namespace {

// A bound on rows beside the one on bytes: rows of an index are small.
constexpr size_t kMaxRows = 2'000;

}  // namespace

absl::StatusOr<v1::BackupPage> BackupExport::Next() {
  v1::BackupPage page;
  if (!std::exchange(described_, true)) {
    v1::BackupDescription& description = *page.mutable_description();
    description.set_kind(static_cast<v1::RegisterKind>(store_.kind));
    description.set_schema(store_.schema);
    description.set_incarnation(store_.rows->incarnation());
    for (const std::string& family : store_.families) description.add_families(family);
    description.set_system(system_);
    *description.mutable_taken_at() = protocol::ToTimestamp(taken_at_);
  }
  size_t bytes = 0;
  for (size_t rows = 0; !done() && rows < kMaxRows && bytes < kPageBytes;) {
    const size_t before = rows;
    absl::Status scanned = store_.rows->Scan(
        family_, "", after_, kMaxRows - rows, [&](absl::string_view key, absl::string_view value) -> absl::Status {
          if (bytes >= kPageBytes) return absl::CancelledError();
          ++rows;
          after_ = std::string(key);
          if (family_ == RowView::kMetadata && (key == kStoreKey || key == kReconciliationKey)) return absl::OkStatus();
          v1::BackupRow& row = *page.add_rows();
          row.set_family(static_cast<uint32_t>(family_));
          row.set_key(after_);
          row.set_value(std::string(value));
          bytes += key.size() + value.size();
          return absl::OkStatus();
        });
    if (absl::IsCancelled(scanned) || (scanned.ok() && rows == kMaxRows && rows > before)) break;
    if (!scanned.ok()) return scanned;
    ++family_;
    after_.clear();
  }
  return page;
}

}  // namespace mcmig::migration
