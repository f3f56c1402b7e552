#ifndef COMMON_REGISTER_POSTGRESQL_FROZEN_VIEW_H_
#define COMMON_REGISTER_POSTGRESQL_FROZEN_VIEW_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "common/async/mutex.h"
#include "common/register/postgresql/connection.h"
#include "common/register/row_view.h"

namespace mcmig::migration::postgresql {

// A family of the embedded store's rows (docs/register.md), as SQL gives it. Where a column and the value beside it do
// not say the same, the value is one that cannot be understood.
struct FrozenFamily {
  struct Entry {
    std::string key;
    std::string value;
  };
  // "SELECT … FROM …"; conditions on the place $1, $2, …: that a row is there; that it comes after it.
  const char* select = "";
  const char* there = "";
  const char* after = "";
  // In the order of keys.
  const char* order = "";
  // The parameters of a key; of a place before all where it is empty. DATA_LOSS where it is none.
  absl::StatusOr<Parameters> (*place)(absl::string_view key) = nullptr;
  Entry (*entry)(const Rows& rows, size_t row) = nullptr;
};

// Everything in the tables of one store as it was at one moment, in the form of the embedded store: for verification
// and backups. Holds a connection and a transaction, which ends by itself when nothing is asked for 90 s; then
// everything is UNAVAILABLE.
class FrozenView final : public RowView {
 public:
  // FrozenStore::at_once: each row costs a round trip.
  static constexpr size_t kAtOnce = 16;
  // `connection`: with an open transaction of REPEATABLE READ. `families`, of static storage: from the first after the
  // metadata.
  FrozenView(std::unique_ptr<Connection> connection, uint64_t incarnation, absl::Span<const FrozenFamily> families)
      : incarnation_(incarnation), families_(families), connection_(std::move(connection)) {}

  [[nodiscard]] uint64_t incarnation() const override { return incarnation_; }
  absl::StatusOr<std::vector<std::optional<std::string>>> Get(absl::Span<const Place> places) const override
      ABSL_LOCKS_EXCLUDED(mutex_);
  absl::StatusOr<std::optional<std::string>> Get(const Place& place) const override;
  // UNIMPLEMENTED for a prefix.
  absl::Status Scan(size_t family, const std::string& prefix, const std::string& after, size_t limit,
                    Row row) const override ABSL_LOCKS_EXCLUDED(mutex_);
  absl::StatusOr<std::string> LastKey(size_t family) const override;

 private:
  absl::StatusOr<std::vector<Rows>> Run(absl::Span<const std::pair<std::string, Parameters>> queries) const
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const uint64_t incarnation_;
  const absl::Span<const FrozenFamily> families_;
  mutable async::Mutex mutex_;
  const std::unique_ptr<Connection> connection_ ABSL_PT_GUARDED_BY(mutex_);
};

// The families of the two stores, in the order of RowMigrationStore::Families and RowVisitorStore::Families.
absl::Span<const FrozenFamily> MigrationFamilies();
absl::Span<const FrozenFamily> VisitorFamilies();

}  // namespace mcmig::migration::postgresql

#endif  // COMMON_REGISTER_POSTGRESQL_FROZEN_VIEW_H_
