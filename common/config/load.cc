#include "common/config/load.h"

#include <filesystem>
#include <system_error>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "common/config/defaults.h"
#include "common/config/file_names.h"
#include "common/config/tree.h"
#include "common/config/typed.h"
#include "common/config/validate.h"
#include "common/config/violations.h"

namespace mcmig::config {
namespace {

// One file: what it says, typed, and what is wrong with it so far.
template <class Message>
struct File {
  std::string directory;
  Node tree;
  Message message;
  Violations violations;
};

std::string DirectoryOf(const std::string& path) {
  std::error_code error;
  const std::filesystem::path absolute = std::filesystem::absolute(path, error);
  return absolute.lexically_normal().parent_path().string();
}

template <class Message>
absl::StatusOr<File<Message>> Read(const std::string& path) {
  absl::StatusOr<std::string> text = ReadFile(path);
  if (!text.ok()) return absl::InvalidArgumentError(absl::StrCat(path, ": ", text.status().message()));
  absl::StatusOr<Node> tree = ParseYaml(*text);
  if (!tree.ok()) return absl::InvalidArgumentError(absl::StrCat(path, ":", tree.status().message()));
  File<Message> file;
  file.directory = DirectoryOf(path);
  file.tree = *std::move(tree);
  ReadMessage(file.tree, file.message, file.violations);
  MakeFileNamesAbsolute(file.directory, file.message);
  return file;
}

}  // namespace

absl::StatusOr<std::shared_ptr<identity::SystemTable>> LoadSystemTable(const std::string& path) {
  absl::StatusOr<File<v1::SystemTable>> file = Read<v1::SystemTable>(path);
  if (!file.ok()) return file.status();
  Validate(file->message, file->violations);
  if (!file->violations.empty()) {
    return absl::InvalidArgumentError(file->violations.Render(path, file->tree));
  }
  auto systems = identity::SystemTable::Create(file->message, file->directory);
  if (!systems.ok()) return absl::InvalidArgumentError(absl::StrCat(path, ": ", systems.status().message()));
  return systems;
}

absl::StatusOr<bool> ReloadSystemTable(const std::string& path, identity::SystemTable& systems) {
  const auto next = LoadSystemTable(path);
  if (!next.ok()) return next.status();
  return systems.Adopt(**next);
}

template <class Config>
absl::StatusOr<Loaded<Config>> Load(const std::string& path) {
  absl::StatusOr<File<Config>> file = Read<Config>(path);
  if (!file.ok()) return file.status();

  Loaded<Config> loaded;
  std::string table_violations;
  if (file->message.system_table_file().empty()) {
    file->violations.Add("system_table_file", "is missing");
  } else {
    auto systems = LoadSystemTable(file->message.system_table_file());
    if (systems.ok()) {
      loaded.systems = *std::move(systems);
    } else {
      table_violations = std::string(systems.status().message());
    }
  }
  Validate(file->message, loaded.systems.get(), file->violations);

  std::string refusal = file->violations.Render(path, file->tree);
  if (!table_violations.empty()) absl::StrAppend(&refusal, refusal.empty() ? "" : "\n", table_violations);
  if (!refusal.empty()) return absl::InvalidArgumentError(refusal);
  loaded.directory = std::move(file->directory);
  loaded.config = std::move(file->message);
  ApplyDefaults(loaded.config);
  return loaded;
}

template absl::StatusOr<Loaded<v1::ClientAgentConfig>> Load(const std::string& path);
template absl::StatusOr<Loaded<v1::PartnerServerConfig>> Load(const std::string& path);
template absl::StatusOr<Loaded<v1::GatewayConfig>> Load(const std::string& path);
template absl::StatusOr<Loaded<v1::PrimaryServerConfig>> Load(const std::string& path);

}  // namespace mcmig::config
