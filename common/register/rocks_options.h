#ifndef COMMON_REGISTER_ROCKS_OPTIONS_H_
#define COMMON_REGISTER_ROCKS_OPTIONS_H_

#include "rocksdb/options.h"

namespace mcmig::migration {

// How the embedded stores set RocksDB up: at most some 350 MiB of memory, a log that is replayed in well under a
// second, and no recovery that passes over damage. docs/register.md gives the measurements.
rocksdb::Options RocksOptions();

}  // namespace mcmig::migration

#endif  // COMMON_REGISTER_ROCKS_OPTIONS_H_
