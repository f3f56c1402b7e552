#include "common/register/rocks_database.h"

#include <sys/stat.h>

#include <algorithm>
#include <filesystem>
#include <system_error>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "common/register/incarnation_file.h"
#include "common/register/rocks_options.h"
#include "common/register/row_families.h"
#include "rocksdb/write_batch.h"

namespace mcmig::migration {
namespace {

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

absl::Status StoreIsGone(const std::string& directory, uint64_t known) {
  return absl::FailedPreconditionError(absl::StrCat(directory, ": is empty, but a store of incarnation ", known,
                                                    " was here (", IncarnationFile(directory),
                                                    "): is the right volume mounted? To bring a backup back, use mcmig "
                                                    "restore --in BACKUP --key-file KEY --store ",
                                                    directory,
                                                    "; to begin anew with an empty store, mcmig restore "
                                                    "--empty"));
}

// Lets no store of an earlier incarnation than the one that was here go on: it would give epochs a second time, and
// partner MC systems would take old answers for new ones.
absl::Status Fence(const std::string& directory, uint64_t incarnation, uint64_t known) {
  if (known > incarnation) {
    return absl::FailedPreconditionError(
        absl::StrCat(directory, ": is an old copy: it has incarnation ", incarnation, ", but incarnation ", known,
                     " ran here (", IncarnationFile(directory),
                     "). Nothing was changed. Files copied back by hand lack what was recorded since; "
                     "move them away and use mcmig restore --in BACKUP --key-file KEY --store ",
                     directory));
  }
  return known == incarnation ? absl::OkStatus() : WriteIncarnation(directory, incarnation);
}

// No store begins anew where one was.
absl::Status CheckFirstStart(const RocksDatabase::Options& options) {
  std::error_code error;
  if (options.new_incarnation || std::filesystem::exists(options.directory + "/CURRENT", error))
    return absl::OkStatus();
  const absl::StatusOr<std::optional<uint64_t>> known = ReadIncarnation(options.directory);
  if (!known.ok()) return known.status();
  return known->has_value() ? StoreIsGone(options.directory, **known) : absl::OkStatus();
}

}  // namespace

absl::StatusOr<std::unique_ptr<RocksDatabase>> RocksDatabase::Open(const Options& options) {
  // Before anything is made, which would stand in the way of a restore.
  if (absl::Status begins = CheckFirstStart(options); !begins.ok()) return begins;
  if (absl::Status made = MakeDirectory(options.directory); !made.ok()) return made;
  rocksdb::Options rocks = RocksOptions(options.settings);
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
  // Reads while opening; the incarnation is in what it reads.
  database->now_.emplace(*db, database->families_, 0, RocksView::Moment::kNow);
  if (absl::Status meta = database->CheckMeta(options); !meta.ok()) return meta;
  return database;
}

RocksDatabase::~RocksDatabase() {
  if (db_ == nullptr) return;
  for (rocksdb::ColumnFamilyHandle* family : families_) db_->DestroyColumnFamilyHandle(family);
}

absl::Status RocksDatabase::CheckMeta(const Options& options) {
  const absl::StatusOr<std::optional<std::string>> value = Get({kMetadata, kStoreKey});
  if (!value.ok()) return value.status();
  const absl::StatusOr<std::optional<uint64_t>> known = ReadIncarnation(options.directory);
  if (!known.ok()) return known.status();
  if (!value->has_value()) {
    // Writes nothing into a database that someone else has filled.
    if (db_->GetLatestSequenceNumber() != 0) {
      return absl::DataLossError(absl::StrCat(options.directory, ": no metadata in a database that is not empty"));
    }
    if (options.new_incarnation) return WriteMeta(options, *options.new_incarnation);
    if (known->has_value()) return StoreIsGone(options.directory, **known);
    // The store first: where only the file is written, the next start would look for a store that never was.
    if (absl::Status written = WriteMeta(options, 1); !written.ok()) return written;
    return WriteIncarnation(options.directory, 1);
  }
  storage::StoreMeta meta;
  if (!meta.ParseFromString(**value)) {
    return absl::DataLossError(absl::StrCat(options.directory, ": metadata cannot be understood"));
  }
  if (meta.kind() != options.kind) {
    return absl::FailedPreconditionError(absl::StrCat(options.directory, ": store of another kind"));
  }
  if (meta.schema() == 0 || meta.schema() > options.schema) {
    return absl::FailedPreconditionError(absl::StrCat(options.directory, ": store has schema ", meta.schema(),
                                                      ", this program knows 1 to ", options.schema));
  }
  if (meta.incarnation() == 0)
    return absl::DataLossError(absl::StrCat(options.directory, ": store has no incarnation"));
  if (absl::Status fenced = Fence(options.directory, meta.incarnation(), known->value_or(0)); !fenced.ok()) {
    return fenced;
  }
  if (meta.schema() == options.schema) {
    incarnation_ = meta.incarnation();
    return absl::OkStatus();
  }
  if (absl::Status upgraded = options.upgrade(*this, meta.schema()); !upgraded.ok()) return upgraded;
  return WriteMeta(options, meta.incarnation());
}

absl::Status RocksDatabase::WriteMeta(const Options& options, uint64_t incarnation) {
  storage::StoreMeta meta;
  meta.set_kind(options.kind);
  meta.set_schema(options.schema);
  meta.set_incarnation(incarnation);
  RowBatch batch;
  batch.Put(kMetadata, kStoreKey, meta.SerializeAsString());
  incarnation_ = incarnation;
  return Write(batch);
}

absl::StatusOr<std::unique_ptr<RowView>> RocksDatabase::Freeze() const {
  return std::make_unique<RocksView>(*db_, families_, incarnation_, RocksView::Moment::kFrozen);
}

absl::Status RocksDatabase::Write(const RowBatch& batch) {
  if (write_failed_) {
    // After a failed write RocksDB refuses all further ones; where it can be continued, this does.
    const rocksdb::Status resumed = db_->Resume();
    if (!resumed.ok()) return absl::UnavailableError(absl::StrCat("store cannot write: ", resumed.ToString()));
  }
  rocksdb::WriteBatch rows;
  for (const RowBatch::Change& change : batch.changes()) {
    if (change.value) {
      rows.Put(families_[change.family], change.key, *change.value);
    } else {
      rows.Delete(families_[change.family], change.key);
    }
  }
  rocksdb::WriteOptions options;
  options.sync = true;
  const rocksdb::Status status = db_->Write(options, &rows);
  write_failed_ = !status.ok();
  if (!status.ok()) return absl::UnavailableError(absl::StrCat("store cannot write: ", status.ToString()));
  return absl::OkStatus();
}

}  // namespace mcmig::migration
