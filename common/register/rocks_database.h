#ifndef COMMON_REGISTER_ROCKS_DATABASE_H_
#define COMMON_REGISTER_ROCKS_DATABASE_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "common/register/storage.pb.h"
#include "rocksdb/db.h"

namespace mcmig::migration {

// A RocksDB database with a known schema, one owner process, bounded memory, and no write that is not durable.
//
// Statuses of all functions: UNAVAILABLE where the database could not be read or written, DATA_LOSS where it is
// damaged. Any thread; writes come from one thread at a time.
class RocksDatabase {
 public:
  struct Options {
    // Made where missing, open to its owner only.
    std::string directory;
    storage::StoreMeta::Kind kind = storage::StoreMeta::KIND_UNSPECIFIED;
    uint32_t schema = 0;
    // Column families beside "default", which holds the metadata.
    std::vector<std::string> families;
    // The files; the machine's where null. Outlives the database.
    rocksdb::Env* env = nullptr;
  };

  // FAILED_PRECONDITION where the store is in use (by another process, or twice in this one), of another kind, or of a
  // schema this program does not know.
  static absl::StatusOr<std::unique_ptr<RocksDatabase>> Open(const Options& options);
  RocksDatabase(const RocksDatabase&) = delete;
  RocksDatabase& operator=(const RocksDatabase&) = delete;
  ~RocksDatabase();

  [[nodiscard]] uint64_t incarnation() const { return incarnation_; }
  // By position in Options::families.
  [[nodiscard]] rocksdb::ColumnFamilyHandle* family(size_t position) const { return families_[position + 1]; }
  [[nodiscard]] rocksdb::ColumnFamilyHandle* metadata() const { return families_[0]; }

  // One point in time for several reads. Outlived by the database.
  class View {
   public:
    explicit View(const RocksDatabase& database);
    View(const View&) = delete;
    View& operator=(const View&) = delete;
    ~View();

   private:
    friend class RocksDatabase;
    rocksdb::DB& db_;
    const rocksdb::Snapshot* snapshot_;
  };

  // The value of a key, now or in `view`; empty where there is none.
  absl::StatusOr<std::optional<std::string>> Get(rocksdb::ColumnFamilyHandle* family, const std::string& key,
                                                 const View* view = nullptr) const;
  // The values of keys, in their order.
  absl::StatusOr<std::vector<std::optional<std::string>>> Get(rocksdb::ColumnFamilyHandle* family,
                                                              absl::Span<const std::string> keys) const;
  // Calls `row` for up to `limit` rows with keys after `after` (from the start where empty) that begin with `prefix`,
  // in order, until it fails. The rows stand as they were when the scan began.
  using Row = absl::FunctionRef<absl::Status(absl::string_view key, absl::string_view value)>;
  absl::Status Scan(rocksdb::ColumnFamilyHandle* family, const std::string& prefix, const std::string& after,
                    size_t limit, Row row) const;
  // The greatest key; empty where there is none.
  absl::StatusOr<std::string> LastKey(rocksdb::ColumnFamilyHandle* family) const;

  // Durable when OK: in the log, and the log synced. UNAVAILABLE: it may or may not be there after a restart; every
  // further write fails, too, until the database has recovered, which each of them tries first.
  absl::Status Write(rocksdb::WriteBatch* batch);

 private:
  RocksDatabase() = default;
  absl::Status CheckMeta(const Options& options);

  std::unique_ptr<rocksdb::DB> db_;
  std::vector<rocksdb::ColumnFamilyHandle*> families_;
  uint64_t incarnation_ = 0;
  bool write_failed_ = false;
};

}  // namespace mcmig::migration

#endif  // COMMON_REGISTER_ROCKS_DATABASE_H_
