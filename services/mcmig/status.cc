#include <iostream>
#include <memory>

#include "services/mcmig/agent_call.h"
#include "services/mcmig/commands.h"
#include "services/mcmig/exit_code.h"
#include "services/mcmig/output.h"

namespace mcmig::cli {
namespace {

void Print(const v1::GetMigrationStatusResponse& answer) {
  if (!answer.served()) {
    std::cout << "NOT SERVED\n" << std::flush;
    return;
  }
  std::cout << "SERVED\n"
            << "epoch                  " << EpochText(answer.epoch()) << '\n'
            << "profile index          " << answer.mc_service_user_profile_index() << '\n'
            << "since                  " << TimeText(answer.since()) << '\n'
            << "authorized until       "
            << (answer.has_authorized_until() ? TimeText(answer.authorized_until()) : "without end") << '\n'
            << std::flush;
}

int Status(const AgentOptions& options) {
  const auto request = AgentRequest<v1::ClientMigrationStatusRequest>(options);
  v1::GetMigrationStatusResponse response;
  const auto status = CallAgent(options, &v1::McServiceClient::Stub::GetMigrationStatus, request, response);
  if (!status.ok()) return Fail(status.status().message());
  if (!status->ok()) return Fail(Describe(*status));
  const bool refused = response.refusal_cause() != v1::REFUSAL_CAUSE_UNSPECIFIED;
  if (options.json) {
    PrintJson(response);
  } else if (refused) {
    PrintRefusal(response.refusal_cause());
  } else {
    Print(response);
  }
  return refused ? kRefused : kSuccess;
}

}  // namespace

void AddStatus(CLI::App& app, int& exit_code) {
  CLI::App& command = *app.add_subcommand(
      "status",
      "Whether a partner MC system serves a user of a client agent now; exit 0 answered, 2 refused, 1 anything else");
  const auto options = std::make_shared<AgentOptions>();
  AddAgentOptions(command, *options);
  command.callback([options, &exit_code] { exit_code = Status(*options); });
}

}  // namespace mcmig::cli
