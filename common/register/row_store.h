#ifndef COMMON_REGISTER_ROW_STORE_H_
#define COMMON_REGISTER_ROW_STORE_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"

namespace mcmig::migration {

// Changes of rows that become durable together or not at all. In order: a later one of the same row wins.
class RowBatch {
 public:
  struct Change {
    size_t family = 0;
    std::string key;
    std::optional<std::string> value;  // unset: the row is deleted
  };
  void Put(size_t family, std::string key, std::string value) {
    changes_.push_back({family, std::move(key), std::move(value)});
  }
  void Delete(size_t family, std::string key) { changes_.push_back({family, std::move(key), std::nullopt}); }
  [[nodiscard]] const std::vector<Change>& changes() const { return changes_; }
  [[nodiscard]] bool empty() const { return changes_.empty(); }

 private:
  std::vector<Change> changes_;
};

// Rows of bytes in families, each in the order of its keys: what the embedded stores are written on. Of two kinds:
// RocksDatabase, and testing/memory_database.h for the simulation, so that both run the same stores.
//
// Statuses of all functions: UNAVAILABLE where rows could not be read or written, DATA_LOSS where they are damaged. Any
// thread; writes come from one thread at a time.
class RowStore {
 public:
  // The family of the store's metadata. The others are numbered from 1, as its layout says.
  static constexpr size_t kMetadata = 0;

  virtual ~RowStore() = default;

  // Of the store's epochs. Constant.
  [[nodiscard]] virtual uint64_t incarnation() const = 0;

  struct Place {
    size_t family = 0;
    std::string key;
  };
  // The values of rows, in the order of `places`, at one point in time; empty where there is none.
  virtual absl::StatusOr<std::vector<std::optional<std::string>>> Get(absl::Span<const Place> places) const = 0;
  // The value of one row.
  virtual absl::StatusOr<std::optional<std::string>> Get(const Place& place) const = 0;
  // Calls `row` for up to `limit` rows with keys after `after` (from the start where empty) that begin with `prefix`,
  // in order, until it fails. The rows stand as they were when the scan began.
  using Row = absl::FunctionRef<absl::Status(absl::string_view key, absl::string_view value)>;
  virtual absl::Status Scan(size_t family, const std::string& prefix, const std::string& after, size_t limit,
                            Row row) const = 0;
  // The greatest key; empty where there is none.
  virtual absl::StatusOr<std::string> LastKey(size_t family) const = 0;

  // Durable when OK: in the log, and the log synced. UNAVAILABLE: it may or may not be there after a restart; every
  // further write fails, too, until the store has recovered, which each of them tries first.
  virtual absl::Status Write(const RowBatch& batch) = 0;
};

}  // namespace mcmig::migration

#endif  // COMMON_REGISTER_ROW_STORE_H_
