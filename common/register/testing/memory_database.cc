#include "common/register/testing/memory_database.h"

#include <ranges>
#include <utility>

#include "absl/strings/match.h"
#include "common/register/row_families.h"
#include "common/register/row_migration_store.h"
#include "common/register/row_visitor_store.h"

namespace mcmig::migration {

namespace {

using Rows = std::map<std::string, std::string>;

std::optional<std::string> ValueIn(const std::map<size_t, Rows>& families, const RowView::Place& place) {
  const auto rows = families.find(place.family);
  if (rows == families.end()) return std::nullopt;
  const auto row = rows->second.find(place.key);
  if (row == rows->second.end()) return std::nullopt;
  return row->second;
}

// What a scan gives: copied, so that whoever looks at it may do as they like.
std::vector<std::pair<std::string, std::string>> Copy(const std::map<size_t, Rows>& families, size_t family,
                                                      const std::string& prefix, const std::string& after,
                                                      size_t limit) {
  std::vector<std::pair<std::string, std::string>> copy;
  const auto rows = families.find(family);
  if (rows == families.end()) return copy;
  auto row = after < prefix ? rows->second.lower_bound(prefix) : rows->second.upper_bound(after);
  for (; copy.size() < limit && row != rows->second.end() && absl::StartsWith(row->first, prefix); ++row) {
    copy.emplace_back(*row);
  }
  return copy;
}

std::string LastKeyIn(const std::map<size_t, Rows>& families, size_t family) {
  const auto rows = families.find(family);
  return rows == families.end() || rows->second.empty() ? std::string() : rows->second.rbegin()->first;
}

// A copy of all rows.
class FrozenRows final : public RowView {
 public:
  FrozenRows(std::map<size_t, Rows> families, uint64_t incarnation)
      : families_(std::move(families)), incarnation_(incarnation) {}

  [[nodiscard]] uint64_t incarnation() const override { return incarnation_; }
  absl::StatusOr<std::vector<std::optional<std::string>>> Get(absl::Span<const Place> places) const override {
    std::vector<std::optional<std::string>> values;
    values.reserve(places.size());
    for (const Place& place : places) values.push_back(ValueIn(families_, place));
    return values;
  }
  absl::StatusOr<std::optional<std::string>> Get(const Place& place) const override {
    return ValueIn(families_, place);
  }
  absl::Status Scan(size_t family, const std::string& prefix, const std::string& after, size_t limit,
                    Row row) const override {
    for (const auto& [key, value] : Copy(families_, family, prefix, after, limit)) {
      if (absl::Status status = row(key, value); !status.ok()) return status;
    }
    return absl::OkStatus();
  }
  absl::StatusOr<std::string> LastKey(size_t family) const override { return LastKeyIn(families_, family); }

 private:
  const std::map<size_t, Rows> families_;
  const uint64_t incarnation_;
};

}  // namespace

class MemoryDisk::Database final : public RowStore {
 public:
  // Holds disk.mutex_.
  Database(MemoryDisk& disk, uint64_t incarnation) : disk_(disk), incarnation_(incarnation) {}
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;
  ~Database() override {
    async::MutexLock lock(disk_.mutex_);
    if (disk_.owner_ == this) disk_.owner_ = nullptr;
  }

  [[nodiscard]] uint64_t incarnation() const override { return incarnation_; }

  absl::StatusOr<std::vector<std::optional<std::string>>> Get(absl::Span<const Place> places) const override {
    async::MutexLock lock(disk_.mutex_);
    if (disk_.owner_ != this) return Stopped();
    std::vector<std::optional<std::string>> values;
    values.reserve(places.size());
    for (const Place& place : places) values.push_back(ValueIn(disk_.families_, place));
    return values;
  }

  absl::StatusOr<std::optional<std::string>> Get(const Place& place) const override {
    async::MutexLock lock(disk_.mutex_);
    if (disk_.owner_ != this) return Stopped();
    return ValueIn(disk_.families_, place);
  }

  absl::Status Scan(size_t family, const std::string& prefix, const std::string& after, size_t limit,
                    Row row) const override {
    std::vector<std::pair<std::string, std::string>> rows;
    {
      async::MutexLock lock(disk_.mutex_);
      if (disk_.owner_ != this) return Stopped();
      rows = Copy(disk_.families_, family, prefix, after, limit);
    }
    for (const auto& [key, value] : rows) {
      if (absl::Status status = row(key, value); !status.ok()) return status;
    }
    return absl::OkStatus();
  }

  absl::StatusOr<std::string> LastKey(size_t family) const override {
    async::MutexLock lock(disk_.mutex_);
    if (disk_.owner_ != this) return Stopped();
    return LastKeyIn(disk_.families_, family);
  }

  absl::StatusOr<std::unique_ptr<RowView>> Freeze() const override {
    async::MutexLock lock(disk_.mutex_);
    if (disk_.owner_ != this) return Stopped();
    return std::make_unique<FrozenRows>(disk_.families_, incarnation_);
  }

  absl::Status Write(const RowBatch& batch) override {
    async::MutexLock lock(disk_.mutex_);
    if (disk_.owner_ != this) return Stopped();
    disk_.open_end_.reset();
    switch (disk_.fault_) {
      case Fault::kWrite:
        return absl::UnavailableError("store cannot write: no space");
      case Fault::kSync:
        disk_.open_end_ = batch;
        return absl::UnavailableError("store cannot write: sync failed");
      case Fault::kNoSync:
        disk_.Apply(batch);
        return absl::OkStatus();
      case Fault::kNone:
        break;
    }
    disk_.Apply(batch);
    disk_.undo_.clear();
    ++disk_.syncs_;
    return absl::OkStatus();
  }

 private:
  static absl::Status Stopped() { return absl::UnavailableError("the machine has stopped"); }

  MemoryDisk& disk_;
  const uint64_t incarnation_;
};

void MemoryDisk::Set(Fault fault) {
  async::MutexLock lock(mutex_);
  fault_ = fault;
}

void MemoryDisk::Apply(const RowBatch::Change& change) {
  Rows& rows = families_[change.family];
  const auto row = rows.find(change.key);
  undo_.push_back({change.family, change.key, row == rows.end() ? std::nullopt : std::optional(row->second)});
  if (change.value) {
    rows[change.key] = *change.value;
  } else {
    rows.erase(change.key);
  }
}

void MemoryDisk::Crash(LastWrite kept) {
  async::MutexLock lock(mutex_);
  owner_ = nullptr;
  const std::vector<RowBatch::Change> undo = std::exchange(undo_, {});
  for (const RowBatch::Change& change : undo | std::views::reverse) Apply(change);
  if (kept == LastWrite::kKept && open_end_) Apply(*open_end_);
  open_end_.reset();
  undo_.clear();
}

MemoryDisk::Image MemoryDisk::Backup() const {
  async::MutexLock lock(mutex_);
  return families_;
}

void MemoryDisk::Restore(Image image) {
  async::MutexLock lock(mutex_);
  families_ = std::move(image);
  // As mcmig restore does.
  families_[RowStore::kMetadata][kReconciliationKey] = "pending";
  undo_.clear();
  open_end_.reset();
}

void MemoryDisk::SetIncarnation(uint64_t incarnation) {
  async::MutexLock lock(mutex_);
  incarnation_ = incarnation;
}

int MemoryDisk::syncs() const {
  async::MutexLock lock(mutex_);
  return syncs_;
}

void MemoryDisk::Damage(size_t family, const std::string& key, const std::string& value) {
  async::MutexLock lock(mutex_);
  families_[family][key] = value;
}

absl::StatusOr<std::unique_ptr<RowStore>> MemoryDisk::Open() {
  async::MutexLock lock(mutex_);
  if (owner_ != nullptr) return absl::FailedPreconditionError("store is in use");
  auto database = std::make_unique<Database>(*this, incarnation_);
  owner_ = database.get();
  return database;
}

absl::StatusOr<std::unique_ptr<MigrationStore>> MemoryDisk::OpenMigrations() {
  absl::StatusOr<std::unique_ptr<RowStore>> rows = Open();
  if (!rows.ok()) return rows.status();
  return RowMigrationStore::Open(*std::move(rows));
}

absl::StatusOr<std::unique_ptr<VisitorStore>> MemoryDisk::OpenVisitors() {
  absl::StatusOr<std::unique_ptr<RowStore>> rows = Open();
  if (!rows.ok()) return rows.status();
  return RowVisitorStore::Open(*std::move(rows));
}

}  // namespace mcmig::migration
