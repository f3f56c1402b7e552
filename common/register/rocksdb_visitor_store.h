#ifndef COMMON_REGISTER_ROCKSDB_VISITOR_STORE_H_
#define COMMON_REGISTER_ROCKSDB_VISITOR_STORE_H_

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "common/register/rocksdb_settings.h"
#include "common/register/visitor_store.h"

namespace mcmig::migration {

// Opens the partner's state in an embedded RocksDB database, as OpenRocksDbMigrationStore.
absl::StatusOr<std::unique_ptr<VisitorStore>> OpenRocksDbVisitorStore(const std::string& directory,
                                                                      const RocksDbSettings& settings = {});

}  // namespace mcmig::migration

#endif  // COMMON_REGISTER_ROCKSDB_VISITOR_STORE_H_
