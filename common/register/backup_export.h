#ifndef COMMON_REGISTER_BACKUP_EXPORT_H_
#define COMMON_REGISTER_BACKUP_EXPORT_H_

#include <cstddef>
#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/register/frozen_store.h"
#include "mcmig/v1/register_admin.pb.h"

namespace mcmig::migration {

// Everything in a store as it was at one moment, in pages for a backup: all rows but those that a restored store gets
// of its own. One thread.
class BackupExport {
 public:
  // Bytes of rows in a page, from which on it is full; a row is at most some 64 KiB.
  static constexpr size_t kPageBytes = size_t{256} << 10;

  // `system`: the MC system whose register it is.
  BackupExport(FrozenStore store, std::string system, absl::Time taken_at)
      : store_(std::move(store)), system_(std::move(system)), taken_at_(taken_at) {}

  // The next page; not once done. UNAVAILABLE and DATA_LOSS as RowView.
  absl::StatusOr<v1::BackupPage> Next();
  // The last page has been given.
  [[nodiscard]] bool done() const { return family_ > store_.families.size(); }

 private:
  const FrozenStore store_;
  const std::string system_;
  const absl::Time taken_at_;
  bool described_ = false;
  // Where to go on.
  size_t family_ = 0;
  std::string after_;
};

}  // namespace mcmig::migration

#endif  // COMMON_REGISTER_BACKUP_EXPORT_H_
