#ifndef SERVICES_PRIMARY_SERVER_PLACE_H_
#define SERVICES_PRIMARY_SERVER_PLACE_H_

#include <cstddef>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "common/identity/peer.h"
#include "common/register/migration.h"
#include "common/register/migration_register.h"
#include "common/register/migration_store.h"

namespace mcmig::primary_server {

// A place in the list of records, for admin::PageToken, and back; INVALID_ARGUMENT where it is none of this list.
std::string PlaceOf(const migration::UserKey& key);
absl::StatusOr<migration::UserKey> KeyOfPlace(absl::string_view place);

// The records of the users who are migrated to `partner`, or all records where it is empty. A full page may be the last
// one; then the next is empty. Errors as MigrationRegister.
absl::StatusOr<migration::MigrationStore::RecordPage> RecordsOf(const migration::MigrationRegister& migrations,
                                                                const identity::SystemName& partner,
                                                                const std::optional<migration::UserKey>& after,
                                                                size_t limit);

}  // namespace mcmig::primary_server

#endif  // SERVICES_PRIMARY_SERVER_PLACE_H_
