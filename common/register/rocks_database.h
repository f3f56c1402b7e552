#ifndef COMMON_REGISTER_ROCKS_DATABASE_H_
#define COMMON_REGISTER_ROCKS_DATABASE_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "common/register/rocks_view.h"
#include "common/register/rocksdb_settings.h"
#include "common/register/row_store.h"
#include "common/register/storage.pb.h"
#include "rocksdb/db.h"

namespace mcmig::migration {

// A RocksDB database with a known schema, one owner process, bounded memory, and no write that is not durable.
class RocksDatabase final : public RowStore {
 public:
  struct Options {
    // Made where missing, open to its owner only.
    std::string directory;
    storage::StoreMeta::Kind kind = storage::StoreMeta::KIND_UNSPECIFIED;
    uint32_t schema = 0;
    // Brings the rows of an older schema, 1 or more, to this one. Repeated at the next opening where it was
    // interrupted.
    using Upgrade = absl::Status (*)(RowStore& rows, uint32_t schema);
    Upgrade upgrade = nullptr;
    // Column families beside "default", which holds the metadata: family 1 and on.
    std::vector<std::string> families;
    // Set: makes a new store of this incarnation, without an incarnation beside it, which the caller sees to.
    std::optional<uint64_t> new_incarnation = std::nullopt;
    RocksDbSettings settings = {};  // NOLINT(readability-redundant-member-init): so that it need not be named
  };

  // FAILED_PRECONDITION where the store is in use (by another process, or twice in this one), of another kind, of a
  // schema this program does not know, or older than the incarnation beside its directory (incarnation_file.h), which
  // an empty directory is, too; else as RowStore. A store that is later than that incarnation raises it.
  static absl::StatusOr<std::unique_ptr<RocksDatabase>> Open(const Options& options);
  RocksDatabase(const RocksDatabase&) = delete;
  RocksDatabase& operator=(const RocksDatabase&) = delete;
  ~RocksDatabase() override;

  [[nodiscard]] uint64_t incarnation() const override { return incarnation_; }
  absl::StatusOr<std::vector<std::optional<std::string>>> Get(absl::Span<const Place> places) const override {
    return now_->Get(places);
  }
  absl::StatusOr<std::optional<std::string>> Get(const Place& place) const override { return now_->Get(place); }
  absl::Status Scan(size_t family, const std::string& prefix, const std::string& after, size_t limit,
                    Row row) const override {
    return now_->Scan(family, prefix, after, limit, row);
  }
  absl::StatusOr<std::string> LastKey(size_t family) const override { return now_->LastKey(family); }
  absl::Status Write(const RowBatch& batch) override;
  absl::StatusOr<std::unique_ptr<RowView>> Freeze() const override;

 private:
  RocksDatabase() = default;
  absl::Status CheckMeta(const Options& options);
  absl::Status WriteMeta(const Options& options, uint64_t incarnation);

  std::unique_ptr<rocksdb::DB> db_;
  std::vector<rocksdb::ColumnFamilyHandle*> families_;
  std::optional<RocksView> now_;
  uint64_t incarnation_ = 0;
  bool write_failed_ = false;
};

}  // namespace mcmig::migration

#endif  // COMMON_REGISTER_ROCKS_DATABASE_H_
