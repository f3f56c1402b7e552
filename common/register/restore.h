#ifndef COMMON_REGISTER_RESTORE_H_
#define COMMON_REGISTER_RESTORE_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "common/register/frozen_store.h"
#include "mcmig/v1/register_admin.pb.h"

namespace mcmig::migration {

// The pages of a backup, in order; empty after the last. Errors are handed on.
using BackupPages = std::function<absl::StatusOr<std::optional<v1::BackupPage>>()>;

struct Restored {
  StoreKind kind = StoreKind::kMigrations;
  uint64_t incarnation = 0;
  uint64_t rows = 0;
};

// Makes an embedded store in `directory` out of a backup, of an incarnation that is later than the backup's and than
// any that ran there, so that no epoch is given twice; it says that its reconciliation is pending. Everything in the
// backup is read, and found right, before anything is made: `read` begins to read it, twice. A store that could not be
// finished is not there; restoring again is safe.
//
// FAILED_PRECONDITION where `directory` is not empty; INVALID_ARGUMENT where the backup is of a kind or layout that
// this program does not know; UNAVAILABLE where files could not be written; else as `read`. One process at a time.
absl::StatusOr<Restored> RestoreRocksDb(const std::string& directory,
                                        const std::function<absl::StatusOr<BackupPages>()>& read);

// The same with nothing in it: where there is no backup.
absl::StatusOr<Restored> RestoreEmptyRocksDb(const std::string& directory, StoreKind kind);

}  // namespace mcmig::migration

#endif  // COMMON_REGISTER_RESTORE_H_
