#include "common/register/rocks_database.h"

#include <sys/stat.h>

#include <algorithm>
#include <filesystem>
#include <system_error>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "common/register/rocks_options.h"
#include "rocksdb/write_batch.h"

namespace mcmig::migration {
namespace {

constexpr char kMetaKey[] = "store";

// RocksDB's texts name files and offsets, never values.
absl::Status StatusOf(const rocksdb::Status& status) {
  if (status.ok()) return absl::OkStatus();
  if (status.IsCorruption()) return absl::DataLossError(absl::StrCat("store is damaged: ", status.ToString()));
  return absl::UnavailableError(absl::StrCat("store: ", status.ToString()));
}

// It gives no code for a lock that is held, in this or another process.
bool IsHeld(const rocksdb::Status& status) {
  const std::string text = status.ToString();
  return status.IsIOError() &&
         (absl::StrContains(text, "lock hold by current process") || absl::StrContains(text, "While lock file"));
}

absl::Status MakeDirectory(const std::string& directory) {
  std::error_code error;
  const std::filesystem::path path(directory);
  if (path.has_parent_path()) std::filesystem::create_directories(path.parent_path(), error);
  if (!error && mkdir(directory.c_str(), S_IRWXU) != 0 && errno != EEXIST) {
    error = std::error_code(errno, std::generic_category());
  }
  if (error) return absl::UnavailableError(absl::StrCat(directory, ": ", error.message()));
  return absl::OkStatus();
}

absl::Status CheckFamilies(const RocksDatabase::Options& options, const rocksdb::Options& rocks) {
  std::vector<std::string> present;
  if (!rocksdb::DB::ListColumnFamilies(rocks, options.directory, &present).ok()) return absl::OkStatus();  // new
  for (const std::string& name : present) {
    if (name != rocksdb::kDefaultColumnFamilyName &&
        std::find(options.families.begin(), options.families.end(), name) == options.families.end()) {
      return absl::FailedPreconditionError(
          absl::StrCat(options.directory, ": store of another kind or of a later version (it has \"", name, "\")"));
    }
  }
  return absl::OkStatus();
}

rocksdb::Slice SliceOf(absl::string_view text) { return {text.data(), text.size()}; }
absl::string_view ViewOf(const rocksdb::Slice& slice) { return {slice.data(), slice.size()}; }

}  // namespace

absl::StatusOr<std::unique_ptr<RocksDatabase>> RocksDatabase::Open(const Options& options) {
  if (absl::Status made = MakeDirectory(options.directory); !made.ok()) return made;
  rocksdb::Options rocks = RocksOptions();
  if (options.env != nullptr) rocks.env = options.env;
  if (absl::Status known = CheckFamilies(options, rocks); !known.ok()) return known;
  rocks.create_if_missing = true;
  rocks.create_missing_column_families = true;

  std::vector<rocksdb::ColumnFamilyDescriptor> families = {{rocksdb::kDefaultColumnFamilyName, rocks}};
  for (const std::string& name : options.families) families.emplace_back(name, rocks);
  std::unique_ptr<RocksDatabase> database(new RocksDatabase());
  rocksdb::DB* db = nullptr;
  const rocksdb::Status opened = rocksdb::DB::Open(rocks, options.directory, families, &database->families_, &db);
  database->db_.reset(db);
  if (IsHeld(opened)) {
    return absl::FailedPreconditionError(absl::StrCat(options.directory, ": store is in use by another process"));
  }
  if (!opened.ok()) return StatusOf(opened);
  if (absl::Status meta = database->CheckMeta(options); !meta.ok()) return meta;
  return database;
}

RocksDatabase::~RocksDatabase() {
  if (db_ == nullptr) return;
  for (rocksdb::ColumnFamilyHandle* family : families_) db_->DestroyColumnFamilyHandle(family);
}

absl::Status RocksDatabase::CheckMeta(const Options& options) {
  const absl::StatusOr<std::optional<std::string>> value = Get(metadata(), kMetaKey);
  if (!value.ok()) return value.status();
  storage::StoreMeta meta;
  if (!value->has_value()) {
    // Writes nothing into a database that someone else has filled.
    if (db_->GetLatestSequenceNumber() != 0) {
      return absl::DataLossError(absl::StrCat(options.directory, ": no metadata in a database that is not empty"));
    }
    meta.set_kind(options.kind);
    meta.set_schema(options.schema);
    meta.set_incarnation(1);
    rocksdb::WriteBatch batch;
    batch.Put(metadata(), kMetaKey, meta.SerializeAsString());
    if (absl::Status written = Write(&batch); !written.ok()) return written;
  } else if (!meta.ParseFromString(**value)) {
    return absl::DataLossError(absl::StrCat(options.directory, ": metadata cannot be understood"));
  }
  if (meta.kind() != options.kind) {
    return absl::FailedPreconditionError(absl::StrCat(options.directory, ": store of another kind"));
  }
  if (meta.schema() != options.schema) {
    return absl::FailedPreconditionError(
        absl::StrCat(options.directory, ": store has schema ", meta.schema(), ", this program knows ", options.schema));
  }
  if (meta.incarnation() == 0)
    return absl::DataLossError(absl::StrCat(options.directory, ": store has no incarnation"));
  incarnation_ = meta.incarnation();
  return absl::OkStatus();
}

RocksDatabase::View::View(const RocksDatabase& database) : db_(*database.db_), snapshot_(db_.GetSnapshot()) {}
RocksDatabase::View::~View() { db_.ReleaseSnapshot(snapshot_); }

absl::StatusOr<std::optional<std::string>> RocksDatabase::Get(rocksdb::ColumnFamilyHandle* family,
                                                              const std::string& key, const View* view) const {
  rocksdb::ReadOptions options;
  if (view != nullptr) options.snapshot = view->snapshot_;
  std::string value;
  const rocksdb::Status status = db_->Get(options, family, key, &value);
  if (status.IsNotFound()) return std::nullopt;
  if (!status.ok()) return StatusOf(status);
  return value;
}

absl::StatusOr<std::vector<std::optional<std::string>>> RocksDatabase::Get(rocksdb::ColumnFamilyHandle* family,
                                                                           absl::Span<const std::string> keys) const {
  std::vector<rocksdb::Slice> slices(keys.begin(), keys.end());
  std::vector<rocksdb::PinnableSlice> values(keys.size());
  std::vector<rocksdb::Status> statuses(keys.size());
  db_->MultiGet(rocksdb::ReadOptions(), family, keys.size(), slices.data(), values.data(), statuses.data());
  std::vector<std::optional<std::string>> result(keys.size());
  for (size_t i = 0; i < keys.size(); ++i) {
    if (statuses[i].ok()) {
      result[i] = values[i].ToString();
    } else if (!statuses[i].IsNotFound()) {
      return StatusOf(statuses[i]);
    }
  }
  return result;
}

absl::Status RocksDatabase::Scan(rocksdb::ColumnFamilyHandle* family, const std::string& prefix,
                                 const std::string& after, size_t limit, Row row) const {
  const std::unique_ptr<rocksdb::Iterator> rows(db_->NewIterator(rocksdb::ReadOptions(), family));
  rows->Seek(SliceOf(after.empty() ? prefix : after));
  if (!after.empty() && rows->Valid() && ViewOf(rows->key()) == after) rows->Next();
  for (; limit > 0 && rows->Valid() && absl::StartsWith(ViewOf(rows->key()), prefix); rows->Next(), --limit) {
    if (absl::Status status = row(ViewOf(rows->key()), ViewOf(rows->value())); !status.ok()) return status;
  }
  return StatusOf(rows->status());
}

absl::StatusOr<std::string> RocksDatabase::LastKey(rocksdb::ColumnFamilyHandle* family) const {
  const std::unique_ptr<rocksdb::Iterator> rows(db_->NewIterator(rocksdb::ReadOptions(), family));
  rows->SeekToLast();
  if (rows->Valid()) return rows->key().ToString();
  if (absl::Status status = StatusOf(rows->status()); !status.ok()) return status;
  return std::string();
}

absl::Status RocksDatabase::Write(rocksdb::WriteBatch* batch) {
  if (write_failed_) {
    // After a failed write RocksDB refuses all further ones; where it can be continued, this does.
    const rocksdb::Status resumed = db_->Resume();
    if (!resumed.ok()) return absl::UnavailableError(absl::StrCat("store cannot write: ", resumed.ToString()));
  }
  rocksdb::WriteOptions options;
  options.sync = true;
  const rocksdb::Status status = db_->Write(options, batch);
  write_failed_ = !status.ok();
  if (!status.ok()) return absl::UnavailableError(absl::StrCat("store cannot write: ", status.ToString()));
  return absl::OkStatus();
}

}  // namespace mcmig::migration
