#ifndef COMMON_REGISTER_ROW_STORE_H_
#define COMMON_REGISTER_ROW_STORE_H_

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/register/row_view.h"

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

// Rows that can be written, too: what the embedded stores are written on. Of two kinds: RocksDatabase, and
// testing/memory_database.h for the simulation, so that both run the same stores.
//
// Statuses as RowView. Any thread; writes come from one thread at a time.
class RowStore : public RowView {
 public:
  // Durable when OK: in the log, and the log synced. UNAVAILABLE: it may or may not be there after a restart; every
  // further write fails, too, until the store has recovered, which each of them tries first.
  virtual absl::Status Write(const RowBatch& batch) = 0;

  // The rows as they are now, whatever is written later. Costs little, but what is replaced is kept as long: not for
  // ever. Ends before this object.
  virtual absl::StatusOr<std::unique_ptr<RowView>> Freeze() const = 0;
};

}  // namespace mcmig::migration

#endif  // COMMON_REGISTER_ROW_STORE_H_
