#ifndef COMMON_REGISTER_OPEN_STORE_H_
#define COMMON_REGISTER_OPEN_STORE_H_

#include <memory>

#include "absl/status/statusor.h"
#include "common/register/migration_store.h"
#include "common/register/visitor_store.h"
#include "mcmig/config/v1/common.pb.h"

namespace mcmig::migration {

// Opens the store that a validated configuration names. Statuses as OpenRocksDbMigrationStore and
// PostgreSqlMigrationStore::Open; no text holds the connection string.
absl::StatusOr<std::unique_ptr<MigrationStore>> OpenMigrationStore(const config::v1::Store& config);
absl::StatusOr<std::unique_ptr<VisitorStore>> OpenVisitorStore(const config::v1::Store& config);

}  // namespace mcmig::migration

#endif  // COMMON_REGISTER_OPEN_STORE_H_
