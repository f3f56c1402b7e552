#include "common/register/rocksdb_migration_store.h"

#include <utility>

#include "common/register/rocks_database.h"
#include "common/register/row_migration_store.h"

namespace mcmig::migration {

absl::StatusOr<std::unique_ptr<MigrationStore>> OpenRocksDbMigrationStore(const std::string& directory,
                                                                          const RocksDbSettings& settings) {
  absl::StatusOr<std::unique_ptr<RocksDatabase>> rows = RocksDatabase::Open({.directory = directory,
                                                                             .kind = storage::StoreMeta::MIGRATIONS,
                                                                             .schema = RowMigrationStore::kSchema,
                                                                             .upgrade = RowMigrationStore::Upgrade,
                                                                             .families = RowMigrationStore::Families(),
                                                                             .settings = settings});
  if (!rows.ok()) return rows.status();
  return RowMigrationStore::Open(*std::move(rows));
}

}  // namespace mcmig::migration
