#ifndef COMMON_REGISTER_TESTING_MEMORY_DATABASE_H_
#define COMMON_REGISTER_TESTING_MEMORY_DATABASE_H_

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/async/mutex.h"
#include "common/register/migration_store.h"
#include "common/register/row_store.h"
#include "common/register/visitor_store.h"

namespace mcmig::migration {

// The disk of a simulated machine, with one store on it. A write goes to the log, and becomes durable with the sync
// that follows; a crash loses what was not synced. Any thread.
class MemoryDisk {
 public:
  // What becomes of the writes to come.
  enum class Fault {
    kNone,    // durable when OK
    kWrite,   // fails, and nothing is in the log
    kSync,    // fails, and is in the log: whether it is there after a crash is open
    kNoSync,  // a disk that lies: is acknowledged and readable, and lost by a crash
  };
  void Set(Fault fault);

  // The machine stops: what was not synced is lost, and stores that were open can do nothing any more. `kept`: whether
  // a write that failed at its sync made it to the disk.
  enum class LastWrite { kLost, kKept };
  void Crash(LastWrite kept);

  // All rows, as a backup has them.
  using Image = std::map<size_t, std::map<std::string, std::string>>;
  [[nodiscard]] Image Backup() const;
  // Makes `image` what is on the disk. No store is open.
  void Restore(Image image);

  // As of the stores opened later.
  void SetIncarnation(uint64_t incarnation);
  // Writes that were durable when acknowledged.
  [[nodiscard]] int syncs() const;
  // Changes a row from outside.
  void Damage(size_t family, const std::string& key, const std::string& value);

  // Opens what is there. FAILED_PRECONDITION where another store is open on it. The disk outlives the stores.
  absl::StatusOr<std::unique_ptr<RowStore>> Open();
  absl::StatusOr<std::unique_ptr<MigrationStore>> OpenMigrations();
  absl::StatusOr<std::unique_ptr<VisitorStore>> OpenVisitors();

 private:
  class Database;
  using Rows = Image::mapped_type;

  void Apply(const RowBatch::Change& change) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Apply(const RowBatch& batch) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    for (const RowBatch::Change& change : batch.changes()) Apply(change);
  }

  mutable async::Mutex mutex_;
  Image families_ ABSL_GUARDED_BY(mutex_);
  // What takes back the changes that were not synced, the last one first.
  std::vector<RowBatch::Change> undo_ ABSL_GUARDED_BY(mutex_);
  // The write that failed at its sync.
  std::optional<RowBatch> open_end_ ABSL_GUARDED_BY(mutex_);
  Fault fault_ ABSL_GUARDED_BY(mutex_) = Fault::kNone;
  int syncs_ ABSL_GUARDED_BY(mutex_) = 0;
  uint64_t incarnation_ ABSL_GUARDED_BY(mutex_) = 1;
  // The store that is open; none where null.
  const Database* owner_ ABSL_GUARDED_BY(mutex_) = nullptr;
};

}  // namespace mcmig::migration

#endif  // COMMON_REGISTER_TESTING_MEMORY_DATABASE_H_
