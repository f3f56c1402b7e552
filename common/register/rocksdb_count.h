#ifndef COMMON_REGISTER_ROCKSDB_COUNT_H_
#define COMMON_REGISTER_ROCKSDB_COUNT_H_

#include <cstdint>

#include "absl/functional/function_ref.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "common/register/rocks_database.h"
#include "rocksdb/write_batch.h"

namespace mcmig::migration {

// How many rows of a store count, in a row of its own that is written with every change of it: so that nobody has to
// look at all rows to know.
//
// Where the store has no such row yet, it is the rows of `family` for whose values `counts` is true. Statuses as
// RocksDatabase.
absl::StatusOr<uint64_t> ReadCount(const RocksDatabase& database, rocksdb::ColumnFamilyHandle* family,
                                   absl::FunctionRef<bool(absl::string_view value)> counts);
// Makes `count` the number once the batch is written.
void PutCount(const RocksDatabase& database, uint64_t count, rocksdb::WriteBatch& batch);

}  // namespace mcmig::migration

#endif  // COMMON_REGISTER_ROCKSDB_COUNT_H_
