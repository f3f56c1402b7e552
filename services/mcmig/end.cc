#include <cstdint>
#include <iostream>
#include <memory>
#include <string>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_split.h"
#include "services/mcmig/agent_call.h"
#include "services/mcmig/commands.h"
#include "services/mcmig/exit_code.h"
#include "services/mcmig/output.h"

namespace mcmig::cli {
namespace {

struct Options {
  AgentOptions agent;
  std::string epoch;
};

// "1.42", as EpochText prints it; both parts at least 1.
bool ParseEpoch(const std::string& text, v1::MigrationEpoch& epoch) {
  const std::pair<std::string, std::string> parts = absl::StrSplit(text, absl::MaxSplits('.', 1));
  uint64_t incarnation = 0;
  uint64_t counter = 0;
  if (!absl::SimpleAtoi(parts.first, &incarnation) || !absl::SimpleAtoi(parts.second, &counter)) return false;
  epoch.set_incarnation(incarnation);
  epoch.set_counter(counter);
  return incarnation > 0 && counter > 0;
}

int ReportUnknown(absl::string_view why) {
  std::cerr << "OUTCOME UNKNOWN " << why
            << "\nThe migration may have ended. Repeat the command: with its epoch it ends no later one.\n";
  return kOutcomeUnknown;
}

int ReportAnswer(const v1::EndMigrationResponse& answer, bool json) {
  if (answer.result() == v1::END_RESULT_UNSPECIFIED || !v1::EndResult_IsValid(answer.result())) {
    return ReportUnknown("the answer has no result");
  }
  const int exit_code = answer.result() == v1::END_RESULT_ENDED ? kSuccess : kRefused;
  if (json) {
    PrintJson(answer);
    return exit_code;
  }
  switch (answer.result()) {
    case v1::END_RESULT_ENDED:
      std::cout << "ENDED\n";
      break;
    case v1::END_RESULT_STALE:
      std::cout << "STALE\nThe user is migrated there with a later epoch: " << EpochText(answer.current_epoch())
                << '\n';
      break;
    case v1::END_RESULT_NOT_ON_RECORD:
      std::cout << "NOT ON RECORD\nThe user is not migrated there, or not any more.\n";
      break;
    default:
      PrintRefusal(answer.refusal_cause());
  }
  std::cout << std::flush;
  return exit_code;
}

int End(const Options& options) {
  auto request = AgentRequest<v1::ClientEndMigrationRequest>(options.agent);
  if (!ParseEpoch(options.epoch, *request.mutable_epoch())) {
    return Fail("--epoch takes an epoch as it was printed, such as 1.42");
  }
  v1::EndMigrationResponse response;
  const auto status = CallAgent(options.agent, &v1::McServiceClient::Stub::EndMigration, request, response);
  if (!status.ok()) return Fail(status.status().message());
  if (status->ok()) return ReportAnswer(response, options.agent.json);
  // Where the primary MC system is too busy, the partner has already ended the visit.
  const bool busy = status->error_code() == grpc::StatusCode::RESOURCE_EXHAUSTED;
  return ChangedNothing(*status) && !busy ? Fail(Describe(*status)) : ReportUnknown(Describe(*status));
}

}  // namespace

void AddEnd(CLI::App& app, int& exit_code) {
  CLI::App& command = *app.add_subcommand("end",
                                          "Ends the migration of a user of a client agent; exit 0 ended, 2 nothing "
                                          "changed, 3 outcome unknown, 1 anything else");
  const auto options = std::make_shared<Options>();
  AddAgentOptions(command, options->agent);
  command.add_option("--epoch", options->epoch, "epoch of the migration to end, as migrate and status print it")
      ->required();
  command.callback([options, &exit_code] { exit_code = End(*options); });
}

}  // namespace mcmig::cli
