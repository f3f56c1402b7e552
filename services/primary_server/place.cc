#include "services/primary_server/place.h"

#include <utility>
#include <vector>

namespace mcmig::primary_server {

using migration::MigrationStore;

absl::StatusOr<MigrationStore::RecordPage> RecordsOf(const migration::MigrationRegister& migrations,
                                                     const identity::SystemName& partner,
                                                     const std::optional<migration::UserKey>& after, size_t limit) {
  if (!partner.empty()) return migrations.ListRecordsAt(partner, after, limit);
  absl::StatusOr<std::vector<MigrationStore::RecordEntry>> records = migrations.ListRecords(after, limit);
  if (!records.ok()) return records.status();
  MigrationStore::RecordPage page{.entries = *std::move(records), .next = std::nullopt};
  if (page.entries.size() == limit) page.next = page.entries.back().key;
  return page;
}

}  // namespace mcmig::primary_server
