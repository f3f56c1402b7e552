#ifndef COMMON_REGISTER_ROCKSDB_SETTINGS_H_
#define COMMON_REGISTER_ROCKSDB_SETTINGS_H_

#include <cstdint>

namespace rocksdb {
class Env;
}  // namespace rocksdb

namespace mcmig::migration {

// How an embedded store uses the machine.
struct RocksDbSettings {
  // Rows, indexes and filters that are kept in memory, in MiB. docs/register.md says what a store of which size needs.
  uint32_t cache_mib = 256;
  // The files; the machine's where null. Outlives the store.
  rocksdb::Env* env = nullptr;
};

}  // namespace mcmig::migration

#endif  // COMMON_REGISTER_ROCKSDB_SETTINGS_H_
