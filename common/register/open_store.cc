#include "common/register/open_store.h"

#include <fstream>
#include <sstream>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "common/register/postgresql/migration_store.h"
#include "common/register/postgresql/visitor_store.h"
#include "common/register/rocksdb_migration_store.h"
#include "common/register/rocksdb_settings.h"
#include "common/register/rocksdb_visitor_store.h"

namespace mcmig::migration {
namespace {

absl::StatusOr<postgresql::SessionOptions> OptionsOf(const config::v1::PostgreSql& config) {
  std::ifstream file(config.connection_string_file());
  std::ostringstream content;
  content << file.rdbuf();
  if (!file) {
    return absl::InvalidArgumentError(absl::StrCat(config.connection_string_file(), ": cannot be read, or is empty"));
  }
  return postgresql::SessionOptions{.connection_string = std::string(absl::StripAsciiWhitespace(content.str())),
                                    .allow_asynchronous_standbys = config.allow_asynchronous_standbys()};
}

RocksDbSettings SettingsOf(const config::v1::Store& config) {
  RocksDbSettings settings;
  if (config.cache_mib() > 0) settings.cache_mib = config.cache_mib();
  return settings;
}

}  // namespace

absl::StatusOr<std::unique_ptr<MigrationStore>> OpenMigrationStore(const config::v1::Store& config) {
  if (!config.has_postgresql()) return OpenRocksDbMigrationStore(config.directory(), SettingsOf(config));
  absl::StatusOr<postgresql::SessionOptions> options = OptionsOf(config.postgresql());
  if (!options.ok()) return options.status();
  return PostgreSqlMigrationStore::Open(*std::move(options));
}

absl::StatusOr<std::unique_ptr<VisitorStore>> OpenVisitorStore(const config::v1::Store& config) {
  if (!config.has_postgresql()) return OpenRocksDbVisitorStore(config.directory(), SettingsOf(config));
  absl::StatusOr<postgresql::SessionOptions> options = OptionsOf(config.postgresql());
  if (!options.ok()) return options.status();
  return PostgreSqlVisitorStore::Open(*std::move(options));
}

}  // namespace mcmig::migration
