#include "common/register/testing/rocksdb_place.h"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <vector>

#include "absl/strings/str_cat.h"
#include "glog/logging.h"
#include "gtest/gtest.h"

namespace mcmig::migration {

std::string NewStoreDirectory() {
  std::string pattern = absl::StrCat(testing::TempDir(), "/store.XXXXXX");
  PCHECK(mkdtemp(pattern.data()) != nullptr);
  return absl::StrCat(pattern, "/made/db");
}

void EditStore(const std::string& directory, const std::string& family,
               absl::FunctionRef<void(rocksdb::DB& db, rocksdb::ColumnFamilyHandle* family)> edit) {
  std::vector<std::string> names;
  CHECK(rocksdb::DB::ListColumnFamilies({}, directory, &names).ok());
  std::vector<rocksdb::ColumnFamilyDescriptor> descriptors;
  descriptors.reserve(names.size() + 1);
  for (const std::string& name : names) descriptors.emplace_back(name, rocksdb::ColumnFamilyOptions());
  if (std::find(names.begin(), names.end(), family) == names.end()) {
    descriptors.emplace_back(family, rocksdb::ColumnFamilyOptions());
  }
  rocksdb::DBOptions options;
  options.create_missing_column_families = true;
  std::vector<rocksdb::ColumnFamilyHandle*> handles;
  rocksdb::DB* db = nullptr;
  CHECK(rocksdb::DB::Open(options, directory, descriptors, &handles, &db).ok());
  for (rocksdb::ColumnFamilyHandle* handle : handles) {
    if (handle->GetName() == family) edit(*db, handle);
  }
  for (rocksdb::ColumnFamilyHandle* handle : handles) CHECK(db->DestroyColumnFamilyHandle(handle).ok());
  CHECK(db->Close().ok());
  delete db;
}

}  // namespace mcmig::migration
