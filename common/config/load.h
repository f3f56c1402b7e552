#ifndef COMMON_CONFIG_LOAD_H_
#define COMMON_CONFIG_LOAD_H_

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "common/identity/system_table.h"
#include "mcmig/config/v1/process.pb.h"

namespace mcmig::config {

// The configuration of one process, read and found right as a whole.
template <class Config>
struct Loaded {
  // Defaults are filled in: every optional limit, duration and policy of the schema has the value that it means.
  // Every file and directory name in it is absolute.
  Config config;
  // Absolute; where the file is.
  std::string directory;
  // The table that config.system_table_file names.
  std::shared_ptr<identity::SystemTable> systems;
};

// Reads the YAML file at `path` and the system table that it names, and validates both against the comments of
// proto/mcmig/config/v1, including that every file named exists and that certificates, keys and key sets can be used.
//
// INVALID_ARGUMENT with every violation, one a line: "FILE:LINE:COLUMN: FIELD PATH: what is wrong", without secrets and
// MC service IDs. Defined for the four messages of process.proto. Blocking; any thread.
template <class Config>
absl::StatusOr<Loaded<Config>> Load(const std::string& path);

// The system table alone, as Load does.
absl::StatusOr<std::shared_ptr<identity::SystemTable>> LoadSystemTable(const std::string& path);

// Reads the table, and what it names, again, and makes `systems` adopt it; whether anything changed. As LoadSystemTable
// and SystemTable::Adopt, each of whose refusals changes nothing.
absl::StatusOr<bool> ReloadSystemTable(const std::string& path, identity::SystemTable& systems);

extern template absl::StatusOr<Loaded<v1::ClientAgentConfig>> Load(const std::string& path);
extern template absl::StatusOr<Loaded<v1::PartnerServerConfig>> Load(const std::string& path);
extern template absl::StatusOr<Loaded<v1::GatewayConfig>> Load(const std::string& path);
extern template absl::StatusOr<Loaded<v1::PrimaryServerConfig>> Load(const std::string& path);

}  // namespace mcmig::config

#endif  // COMMON_CONFIG_LOAD_H_
