#ifndef COMMON_REGISTER_ROW_VIEW_H_
#define COMMON_REGISTER_ROW_VIEW_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"

namespace mcmig::migration {

// Rows of bytes in families, each in the order of its keys, as one can read them: as they are, or frozen as they were
// at one moment.
//
// Statuses of all functions: UNAVAILABLE where rows could not be read, DATA_LOSS where they are damaged. Any thread.
class RowView {
 public:
  // The family of the store's metadata. The others are numbered from 1, as its layout says.
  static constexpr size_t kMetadata = 0;

  virtual ~RowView() = default;

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
};

}  // namespace mcmig::migration

#endif  // COMMON_REGISTER_ROW_VIEW_H_
