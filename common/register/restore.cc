#include "common/register/restore.h"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <system_error>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "common/register/incarnation_file.h"
#include "common/register/rocks_database.h"
#include "common/register/row_families.h"
#include "common/register/row_migration_store.h"
#include "common/register/row_visitor_store.h"

namespace mcmig::migration {
namespace {

absl::Status CheckEmpty(const std::string& directory) {
  std::error_code error;
  if (!std::filesystem::exists(directory, error) || std::filesystem::is_empty(directory, error)) {
    if (!error) return absl::OkStatus();
  }
  if (error) return absl::UnavailableError(absl::StrCat(directory, ": ", error.message()));
  return absl::FailedPreconditionError(
      absl::StrCat(directory, ": is not empty; stop its server, and move what is there away"));
}

std::vector<std::string> FamiliesOf(v1::RegisterKind kind) {
  if (kind == v1::REGISTER_KIND_MIGRATIONS) return RowMigrationStore::Families();
  return kind == v1::REGISTER_KIND_VISITORS ? RowVisitorStore::Families() : std::vector<std::string>();
}

uint32_t SchemaOf(v1::RegisterKind kind) {
  return kind == v1::REGISTER_KIND_MIGRATIONS ? RowMigrationStore::kSchema : RowVisitorStore::kSchema;
}

// Whether this program can make a store of it.
absl::Status CheckDescription(const v1::BackupDescription& description) {
  const std::vector<std::string> known = FamiliesOf(description.kind());
  const bool families_known =
      std::equal(known.begin(), known.end(), description.families().begin(), description.families().end());
  if (known.empty() || !families_known || description.schema() == 0 ||
      description.schema() > SchemaOf(description.kind()) || description.incarnation() == 0) {
    return absl::InvalidArgumentError("the backup is of a kind or layout that this program does not know");
  }
  return absl::OkStatus();
}

// Reads the backup to its end: what it is.
absl::StatusOr<v1::BackupDescription> CheckBackup(const BackupPages& pages) {
  absl::StatusOr<std::optional<v1::BackupPage>> page = pages();
  if (!page.ok()) return page.status();
  v1::BackupDescription description = page->has_value() ? (*page)->description() : v1::BackupDescription();
  if (absl::Status known = CheckDescription(description); !known.ok()) return known;
  while (page->has_value()) {
    for (const v1::BackupRow& row : (*page)->rows()) {
      if (row.family() > static_cast<uint32_t>(description.families_size()) ||
          (row.family() == RowView::kMetadata && row.key() == kStoreKey)) {
        return absl::InvalidArgumentError("the backup has a row that no store has");
      }
    }
    page = pages();
    if (!page.ok()) return page.status();
  }
  return description;
}

absl::StatusOr<uint64_t> Fill(RowStore& store, const BackupPages& pages) {
  uint64_t rows = 0;
  RowBatch first;
  first.Put(RowView::kMetadata, kReconciliationKey, "pending");
  if (absl::Status written = store.Write(first); !written.ok()) return written;
  for (;;) {
    absl::StatusOr<std::optional<v1::BackupPage>> page = pages();
    if (!page.ok()) return page.status();
    if (!page->has_value()) return rows;
    RowBatch batch;
    for (v1::BackupRow& row : *(*page)->mutable_rows()) {
      batch.Put(row.family(), std::move(*row.mutable_key()), std::move(*row.mutable_value()));
      ++rows;
    }
    if (batch.empty()) continue;
    if (absl::Status written = store.Write(batch); !written.ok()) return written;
  }
}

// Where the store is made; it gets its name once it is whole.
std::string Unfinished(const std::string& directory) {
  std::string file = IncarnationFile(directory);
  return absl::StrCat(file.substr(0, file.rfind('.')), ".restoring");
}

absl::StatusOr<uint64_t> Make(const std::string& unfinished, const v1::BackupDescription& description,
                              uint64_t incarnation, const BackupPages& pages) {
  std::error_code error;
  std::filesystem::remove_all(unfinished, error);
  if (error) return absl::UnavailableError(absl::StrCat(unfinished, ": ", error.message()));
  const absl::StatusOr<std::unique_ptr<RocksDatabase>> store =
      RocksDatabase::Open({.directory = unfinished,
                           .kind = static_cast<storage::StoreMeta::Kind>(description.kind()),
                           .schema = description.schema(),
                           .families = FamiliesOf(description.kind()),
                           .new_incarnation = incarnation});
  if (!store.ok()) return store.status();
  return Fill(**store, pages);
}

absl::StatusOr<Restored> Restore(const std::string& directory, const v1::BackupDescription& description,
                                 const BackupPages& pages) {
  const absl::StatusOr<std::optional<uint64_t>> known = ReadIncarnation(directory);
  if (!known.ok()) return known.status();
  Restored restored{.kind = static_cast<StoreKind>(description.kind()),
                    .incarnation = std::max(known->value_or(0), description.incarnation()) + 1};
  const std::string unfinished = Unfinished(directory);
  std::error_code error;
  std::filesystem::create_directories(std::filesystem::absolute(unfinished).parent_path(), error);
  if (error) return absl::UnavailableError(absl::StrCat(unfinished, ": ", error.message()));
  // First: from here on no older copy starts there, whatever becomes of this.
  if (absl::Status fenced = WriteIncarnation(directory, restored.incarnation); !fenced.ok()) return fenced;
  const absl::StatusOr<uint64_t> rows = Make(unfinished, description, restored.incarnation, pages);
  if (!rows.ok()) return rows.status();
  restored.rows = *rows;
  // Replaces an empty directory. With the parent's sync in WriteIncarnation the name is durable, too.
  if (std::rename(unfinished.c_str(), directory.c_str()) != 0) {
    return absl::UnavailableError(
        absl::StrCat(unfinished, " cannot be renamed to ", directory, ": ", std::generic_category().message(errno)));
  }
  if (absl::Status synced = WriteIncarnation(directory, restored.incarnation); !synced.ok()) return synced;
  return restored;
}

}  // namespace

absl::StatusOr<Restored> RestoreRocksDb(const std::string& directory,
                                        const std::function<absl::StatusOr<BackupPages>()>& read) {
  if (absl::Status empty = CheckEmpty(directory); !empty.ok()) return empty;
  const absl::StatusOr<BackupPages> checked = read();
  if (!checked.ok()) return checked.status();
  const absl::StatusOr<v1::BackupDescription> description = CheckBackup(*checked);
  if (!description.ok()) return description.status();
  const absl::StatusOr<BackupPages> pages = read();
  if (!pages.ok()) return pages.status();
  return Restore(directory, *description, *pages);
}

absl::StatusOr<Restored> RestoreEmptyRocksDb(const std::string& directory, StoreKind kind) {
  if (absl::Status empty = CheckEmpty(directory); !empty.ok()) return empty;
  v1::BackupDescription description;
  description.set_kind(static_cast<v1::RegisterKind>(kind));
  description.set_schema(SchemaOf(description.kind()));
  return Restore(directory, description,
                 []() -> absl::StatusOr<std::optional<v1::BackupPage>> { return std::nullopt; });
}

}  // namespace mcmig::migration
