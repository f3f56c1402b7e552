#include "common/register/rocksdb_visitor_store.h"

#include <utility>

#include "common/register/rocks_database.h"
#include "common/register/row_visitor_store.h"

namespace mcmig::migration {

absl::StatusOr<std::unique_ptr<VisitorStore>> OpenRocksDbVisitorStore(const std::string& directory,
                                                                      const RocksDbSettings& settings) {
  absl::StatusOr<std::unique_ptr<RocksDatabase>> rows = RocksDatabase::Open({.directory = directory,
                                                                             .kind = storage::StoreMeta::VISITORS,
                                                                             .schema = RowVisitorStore::kSchema,
                                                                             .upgrade = RowVisitorStore::Upgrade,
                                                                             .families = RowVisitorStore::Families(),
                                                                             .settings = settings});
  if (!rows.ok()) return rows.status();
  return RowVisitorStore::Open(*std::move(rows));
}

}  // namespace mcmig::migration
