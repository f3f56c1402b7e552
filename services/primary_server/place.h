#ifndef SERVICES_PRIMARY_SERVER_PLACE_H_
#define SERVICES_PRIMARY_SERVER_PLACE_H_

#include <cstddef>
#include <optional>

#include "absl/status/statusor.h"
#include "common/identity/peer.h"
#include "common/register/migration.h"
#include "common/register/migration_register.h"
#include "common/register/migration_store.h"

namespace mcmig::primary_server {

// The records of the users who are migrated to `partner`, or all records where it is empty. A full page may be the last
// one; then the next is empty. Errors as MigrationRegister.
absl::StatusOr<migration::MigrationStore::RecordPage> RecordsOf(const migration::MigrationRegister& migrations,
                                                                const identity::SystemName& partner,
                                                                const std::optional<migration::UserKey>& after,
                                                                size_t limit);

}  // namespace mcmig::primary_server

#endif  // SERVICES_PRIMARY_SERVER_PLACE_H_
