#ifndef COMMON_REGISTER_ROCKS_OPTIONS_H_
#define COMMON_REGISTER_ROCKS_OPTIONS_H_

#include "common/register/rocksdb_settings.h"
#include "rocksdb/options.h"

namespace mcmig::migration {

// How the embedded stores set RocksDB up: at most some 200 MiB of memory beside the cache of `settings`, a log that is
// replayed in well under a second, and no recovery that passes over damage. docs/register.md gives the measurements.
rocksdb::Options RocksOptions(const RocksDbSettings& settings);

}  // namespace mcmig::migration

#endif  // COMMON_REGISTER_ROCKS_OPTIONS_H_
