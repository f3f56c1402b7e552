#include "services/mcmig/agent_call.h"

#include <iostream>

#include "services/mcmig/exit_code.h"

namespace mcmig::cli {

void AddAgentOptions(CLI::App& command, AgentOptions& options) {
  command.add_option("--user", options.user, "MC service ID in the primary MC system")->required();
  command.add_option("--partner", options.partner, "name of the partner MC system")->required();
  AddServiceOption(command, options.service);
  command.add_option("--timeout", options.timeout, "how long to wait for the answer")->capture_default_str();
  command.add_flag("--json", options.json, "print the answer as JSON");
  AddConnectionOptions(command, options.connection);
}

absl::StatusOr<AgentConnection> ConnectToAgent(const AgentOptions& options) {
  absl::Duration timeout;
  if (!absl::ParseDuration(options.timeout, &timeout) || timeout <= absl::ZeroDuration()) {
    return absl::InvalidArgumentError("--timeout takes a duration, such as 10s or 500ms");
  }
  const auto channel = Connect(options.connection);
  if (!channel.ok()) return channel.status();
  return AgentConnection{.stub = v1::McServiceClient::NewStub(*channel), .timeout = timeout};
}

bool ChangedNothing(const grpc::Status& status) {
  switch (status.error_code()) {
    case grpc::StatusCode::INVALID_ARGUMENT:
    case grpc::StatusCode::NOT_FOUND:
    case grpc::StatusCode::PERMISSION_DENIED:
    case grpc::StatusCode::UNAUTHENTICATED:
    case grpc::StatusCode::RESOURCE_EXHAUSTED:
    case grpc::StatusCode::UNIMPLEMENTED:
      return true;
    default:
      return false;
  }
}

int Fail(absl::string_view what) {
  std::cerr << what << '\n';
  return kFailed;
}

}  // namespace mcmig::cli
