#ifndef COMMON_REGISTER_ROW_COUNT_H_
#define COMMON_REGISTER_ROW_COUNT_H_

#include <cstddef>
#include <cstdint>

#include "absl/functional/function_ref.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "common/register/row_store.h"

namespace mcmig::migration {

// How many rows of a store count, in a row of its own that is written with every change of it: so that nobody has to
// look at all rows to know.
//
// Where the store has no such row yet, it is the rows of `family` for whose values `counts` is true. Statuses as
// RowStore; DATA_LOSS where the number cannot be understood, too.
absl::StatusOr<uint64_t> ReadCount(const RowStore& rows, size_t family,
                                   absl::FunctionRef<bool(absl::string_view value)> counts);
// Makes `count` the number once the batch is written.
void PutCount(uint64_t count, RowBatch& batch);

}  // namespace mcmig::migration

#endif  // COMMON_REGISTER_ROW_COUNT_H_
