#include "services/primary_server/place.h"

#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "common/protocol/authorization.h"

namespace mcmig::primary_server {

using migration::MigrationStore;

// One digit for the service, then the canonical ID.
std::string PlaceOf(const migration::UserKey& key) {
  return absl::StrCat(static_cast<int>(key.service), key.canonical_id);
}

absl::StatusOr<migration::UserKey> KeyOfPlace(absl::string_view place) {
  if (place.size() < 2) return absl::InvalidArgumentError("page_token: not one of this list");
  const absl::StatusOr<protocol::McService> service =
      protocol::ParseMcService(static_cast<v1::McService>(place[0] - '0'), "page_token");
  if (!service.ok()) return absl::InvalidArgumentError("page_token: not one of this list");
  return migration::UserKey{std::string(place.substr(1)), *service};
}

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
