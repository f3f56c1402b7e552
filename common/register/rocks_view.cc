#include "common/register/rocks_view.h"

#include <algorithm>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

namespace mcmig::migration {
namespace {

constexpr size_t kManyPlaces = 8;

rocksdb::Slice SliceOf(absl::string_view text) { return {text.data(), text.size()}; }
absl::string_view ViewOf(const rocksdb::Slice& slice) { return {slice.data(), slice.size()}; }

}  // namespace

absl::Status StatusOf(const rocksdb::Status& status) {
  if (status.ok()) return absl::OkStatus();
  if (status.IsCorruption()) return absl::DataLossError(absl::StrCat("store is damaged: ", status.ToString()));
  return absl::UnavailableError(absl::StrCat("store: ", status.ToString()));
}

RocksView::RocksView(rocksdb::DB& db, const std::vector<rocksdb::ColumnFamilyHandle*>& families, uint64_t incarnation,
                     Moment moment)
    : db_(db),
      families_(families),
      incarnation_(incarnation),
      snapshot_(moment == Moment::kFrozen ? std::make_unique<rocksdb::ManagedSnapshot>(&db) : nullptr) {}

rocksdb::ReadOptions RocksView::Options() const {
  rocksdb::ReadOptions options;
  if (snapshot_ != nullptr) options.snapshot = snapshot_->snapshot();
  return options;
}

absl::StatusOr<std::optional<std::string>> RocksView::Get(const Place& place) const {
  std::string value;
  const rocksdb::Status status = db_.Get(Options(), families_[place.family], place.key, &value);
  if (status.IsNotFound()) return std::nullopt;
  if (!status.ok()) return StatusOf(status);
  return value;
}

absl::StatusOr<std::vector<std::optional<std::string>>> RocksView::Get(absl::Span<const Place> places) const {
  std::optional<rocksdb::ManagedSnapshot> now;
  rocksdb::ReadOptions options = Options();
  if (options.snapshot == nullptr) options.snapshot = now.emplace(&db_).snapshot();
  std::vector<std::optional<std::string>> values(places.size());
  // Reading many at once costs less for each, but more for a few.
  if (places.size() < kManyPlaces) {
    for (size_t i = 0; i < places.size(); ++i) {
      std::string value;
      const rocksdb::Status status = db_.Get(options, families_[places[i].family], places[i].key, &value);
      if (status.ok()) {
        values[i] = std::move(value);
      } else if (!status.IsNotFound()) {
        return StatusOf(status);
      }
    }
    return values;
  }

  std::vector<rocksdb::ColumnFamilyHandle*> families;
  std::vector<rocksdb::Slice> keys;
  families.reserve(places.size());
  keys.reserve(places.size());
  for (const Place& place : places) {
    families.push_back(families_[place.family]);
    keys.emplace_back(place.key);
  }
  std::vector<rocksdb::PinnableSlice> slices(places.size());
  std::vector<rocksdb::Status> statuses(places.size());
  db_.MultiGet(options, places.size(), families.data(), keys.data(), slices.data(), statuses.data());
  for (size_t i = 0; i < places.size(); ++i) {
    if (statuses[i].ok()) {
      values[i] = slices[i].ToString();
    } else if (!statuses[i].IsNotFound()) {
      return StatusOf(statuses[i]);
    }
  }
  return values;
}

absl::Status RocksView::Scan(size_t family, const std::string& prefix, const std::string& after, size_t limit,
                             Row row) const {
  const std::unique_ptr<rocksdb::Iterator> rows(db_.NewIterator(Options(), families_[family]));
  // `after` may be any text, also one that is before all keys of the prefix.
  rows->Seek(SliceOf(std::max(prefix, after)));
  if (!after.empty() && rows->Valid() && ViewOf(rows->key()) == after) rows->Next();
  for (; limit > 0 && rows->Valid() && absl::StartsWith(ViewOf(rows->key()), prefix); rows->Next(), --limit) {
    if (absl::Status status = row(ViewOf(rows->key()), ViewOf(rows->value())); !status.ok()) return status;
  }
  return StatusOf(rows->status());
}

absl::StatusOr<std::string> RocksView::LastKey(size_t family) const {
  const std::unique_ptr<rocksdb::Iterator> rows(db_.NewIterator(Options(), families_[family]));
  rows->SeekToLast();
  if (rows->Valid()) return rows->key().ToString();
  if (absl::Status status = StatusOf(rows->status()); !status.ok()) return status;
  return std::string();
}

}  // namespace mcmig::migration
