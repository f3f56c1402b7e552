#ifndef COMMON_REGISTER_SYNC_DIRECTORY_H_
#define COMMON_REGISTER_SYNC_DIRECTORY_H_

#include <string>

#include "absl/status/status.h"

namespace mcmig::migration {

// Makes durable that the file `path` has its name: what a renamed file needs to be found after a power failure.
// UNAVAILABLE where that failed.
absl::Status SyncDirectoryOf(const std::string& path);

}  // namespace mcmig::migration

#endif  // COMMON_REGISTER_SYNC_DIRECTORY_H_
