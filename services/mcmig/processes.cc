#include <memory>
#include <string>

#include "services/client/process.h"
#include "services/gateway/process.h"
#include "services/mcmig/commands.h"
#include "services/partner_server/process.h"
#include "services/primary_server/process.h"

namespace mcmig::cli {
namespace {

struct Process {
  const char* role;
  const char* description;
  int (*run)(const std::string& config_path, const std::string& ready_file);
};

constexpr Process kProcesses[] = {
    {"client-agent", "Runs an MC service client agent", &client::RunClientAgent},
    {"partner-server", "Runs a partner MC service server", &partner_server::RunPartnerServer},
    {"gateway", "Runs an MC gateway server, partner and primary side", &gateway::RunGateway},
    {"primary-server", "Runs a primary MC service server", &primary_server::RunPrimaryServer},
};

struct Options {
  std::string config_path;
  std::string ready_file;
};

}  // namespace

void AddProcesses(CLI::App& app, int& exit_code) {
  for (const Process& process : kProcesses) {
    CLI::App& command = *app.add_subcommand(process.role, process.description);
    const auto options = std::make_shared<Options>();
    command.add_option("--config", options->config_path, "configuration file (docs/configuration.md)")->required();
    command.add_option("--ready-file", options->ready_file,
                       "file to write once all listeners serve: process ID and the address of each listener, as JSON");
    command.callback(
        [options, run = process.run, &exit_code] { exit_code = run(options->config_path, options->ready_file); });
  }
}

}  // namespace mcmig::cli
