#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "tests/harness/deployment.h"

// The product's commands against what runs.
namespace mcmig::harness {

CommandResult Deployment::Run(std::vector<std::string> arguments, const std::string& address,
                              const std::string& server_name, const Credential& credential, const Pki& system) const {
  std::vector<std::string> command = {binary_};
  command.insert(command.end(), arguments.begin(), arguments.end());
  command.insert(command.end(), {"--server", address, "--server-name", server_name, "--ca", system.root_file(),
                                 "--cert", credential.chain_file, "--key", credential.key_file});
  return RunCommand(command);
}

CommandResult Deployment::Migrate(const User& user, int profile_index) {
  std::vector<std::string> command = {"migrate",   "--user",          user.PrimaryId(),
                                      "--partner", "south",           "--service",
                                      "MCPTT",     "--profile-index", absl::StrCat(profile_index)};
  if (options_.require_primary_credential) {
    const std::string file = absl::StrCat(directory_, "/", user.name, ".credential");
    WriteFile(file, PrimaryCredential({.primary_id = user.PrimaryId()}));
    command.insert(command.end(), {"--primary-credential-file", file});
  }
  return Run(std::move(command), client_agent->Address("client"), kClient, north.Issue(kApplication), north);
}

CommandResult Deployment::AtPrimary(std::vector<std::string> arguments) {
  return Run(std::move(arguments), primary_server_a->Address("operators"), kPrimaryServerA, north.Issue(kNorthOperator),
             north);
}

CommandResult Deployment::AtPartner(std::vector<std::string> arguments) {
  return Run(std::move(arguments), partner_server->Address("operators"), kPartnerServer, south.Issue(kSouthOperator),
             south);
}

CommandResult Deployment::VerifyBoth() {
  std::vector<std::string> command = {binary_, "verify", "--json"};
  const auto add = [&command](const std::string& side, const Process& server, const std::string& name, Pki& system,
                              const std::string& operator_name) {
    const Credential& credential = system.Issue(operator_name);
    command.insert(command.end(),
                   {side + "server", server.Address("operators"), side + "server-name", name, side + "ca",
                    system.root_file(), side + "cert", credential.chain_file, side + "key", credential.key_file});
  };
  add("--primary-", *primary_server_a, kPrimaryServerA, north, kNorthOperator);
  add("--partner-", *partner_server, kPartnerServer, south, kSouthOperator);
  return RunCommand(command);
}

}  // namespace mcmig::harness
