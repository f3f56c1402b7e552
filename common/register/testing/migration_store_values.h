#ifndef COMMON_REGISTER_TESTING_MIGRATION_STORE_VALUES_H_
#define COMMON_REGISTER_TESTING_MIGRATION_STORE_VALUES_H_

#include <cstdint>

#include "absl/strings/string_view.h"
#include "common/register/migration_store.h"

// What tests write into a migration store.
namespace mcmig::migration {

UserKey UserNamed(absl::string_view name);
MigrationStore::ProfileEntry ProfileOf(const UserKey& key, uint8_t index);
// Migrates the user to `partner`, with what `snapshot` says as expected.
Mutation MigrateTo(const identity::SystemName& partner, const UserKey& key, const Snapshot& snapshot);
// Takes the user, who is migrated, back, with a cancel at the partner MC system; rests on no permission.
Mutation TakeBack(Change change, const UserKey& key, const Snapshot& snapshot);

}  // namespace mcmig::migration

#endif  // COMMON_REGISTER_TESTING_MIGRATION_STORE_VALUES_H_
