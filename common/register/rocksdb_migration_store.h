#ifndef COMMON_REGISTER_ROCKSDB_MIGRATION_STORE_H_
#define COMMON_REGISTER_ROCKSDB_MIGRATION_STORE_H_

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "common/register/migration_store.h"
#include "common/register/rocksdb_settings.h"

namespace mcmig::migration {

// Opens the primary's state in an embedded RocksDB database, owned by one process, in `directory`, which is made where
// missing. A store of an older schema is brought to the present one first; older programs then refuse it.
// FAILED_PRECONDITION where it is in use, of a kind or schema that this program does not know, or older than the
// incarnation beside it (incarnation_file.h); else as MigrationStore.
absl::StatusOr<std::unique_ptr<MigrationStore>> OpenRocksDbMigrationStore(const std::string& directory,
                                                                          const RocksDbSettings& settings = {});

}  // namespace mcmig::migration

#endif  // COMMON_REGISTER_ROCKSDB_MIGRATION_STORE_H_
