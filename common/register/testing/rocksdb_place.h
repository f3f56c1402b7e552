#ifndef COMMON_REGISTER_TESTING_ROCKSDB_PLACE_H_
#define COMMON_REGISTER_TESTING_ROCKSDB_PLACE_H_

#include <string>

#include "absl/functional/function_ref.h"
#include "absl/strings/string_view.h"
#include "rocksdb/db.h"

namespace mcmig::migration {

// A directory for one store, new for every call.
std::string NewStoreDirectory();

// Lets `edit` change a closed store from outside, as damage or another program would. `family` is a column family's
// name; one that is not there is made.
void EditStore(const std::string& directory, const std::string& family,
               absl::FunctionRef<void(rocksdb::DB& db, rocksdb::ColumnFamilyHandle* family)> edit);

}  // namespace mcmig::migration

#endif  // COMMON_REGISTER_TESTING_ROCKSDB_PLACE_H_
