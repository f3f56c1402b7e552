#include <iostream>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "common/config/load.h"
#include "services/mcmig/commands.h"
#include "services/mcmig/exit_code.h"

namespace mcmig::cli {
namespace {

struct Options {
  std::string role;
  std::vector<std::string> files;
};

absl::Status Check(const std::string& role, const std::string& file) {
  if (role == "client-agent") return config::Load<config::v1::ClientAgentConfig>(file).status();
  if (role == "partner-server") return config::Load<config::v1::PartnerServerConfig>(file).status();
  if (role == "gateway") return config::Load<config::v1::GatewayConfig>(file).status();
  if (role == "primary-server") return config::Load<config::v1::PrimaryServerConfig>(file).status();
  return config::LoadSystemTable(file).status();
}

int CheckAll(const Options& options) {
  int exit_code = kSuccess;
  for (const std::string& file : options.files) {
    const absl::Status status = Check(options.role, file);
    if (status.ok()) {
      std::cout << file << ": ok\n";
    } else {
      std::cout << status.message() << '\n';
      exit_code = kFailed;
    }
  }
  return exit_code;
}

}  // namespace

void AddCheckConfig(CLI::App& app, int& exit_code) {
  CLI::App& command = *app.add_subcommand("check-config", "Says everything that is wrong with configuration files");
  const auto options = std::make_shared<Options>();
  command.add_option("--role", options->role, "whose configuration it is")
      ->required()
      ->check(CLI::IsMember({"client-agent", "partner-server", "gateway", "primary-server", "system-table"}));
  command.add_option("FILE", options->files, "configuration files")->required();
  command.callback([options, &exit_code] { exit_code = CheckAll(*options); });
}

}  // namespace mcmig::cli
