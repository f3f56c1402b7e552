#ifndef SERVICES_MCMIG_AGENT_CALL_H_
#define SERVICES_MCMIG_AGENT_CALL_H_

#include <CLI/CLI.hpp>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "mcmig/v1/mc_service_client.grpc.pb.h"
#include "services/mcmig/connection.h"
#include "services/mcmig/service_option.h"

namespace mcmig::cli {

// What commands about one user of a client agent have in common.
struct AgentOptions {
  Connection connection;
  std::string user;
  std::string partner;
  std::string service;
  std::string timeout = "10s";
  bool json = false;
};

// --user, --partner, --service, --timeout, --json, and those of the connection.
void AddAgentOptions(CLI::App& command, AgentOptions& options);

// A request of McServiceClient that names the user, the partner MC system and the MC service.
template <class Request>
Request AgentRequest(const AgentOptions& options) {
  Request request;
  request.set_primary_mc_service_id(options.user);
  request.set_partner_system(options.partner);
  request.set_mc_service(ServiceOf(options.service));
  return request;
}

struct AgentConnection {
  std::unique_ptr<v1::McServiceClient::Stub> stub;
  absl::Duration timeout;
};
// INVALID_ARGUMENT, naming the option, where nothing can be sent.
absl::StatusOr<AgentConnection> ConnectToAgent(const AgentOptions& options);

template <class Request, class Response>
using AgentMethod = grpc::Status (v1::McServiceClient::Stub::*)(grpc::ClientContext*, const Request&, Response*);
// How the call ended; INVALID_ARGUMENT as ConnectToAgent.
template <class Request, class Response>
absl::StatusOr<grpc::Status> CallAgent(const AgentOptions& options, AgentMethod<Request, Response> method,
                                       const Request& request, Response& response) {
  const absl::StatusOr<AgentConnection> agent = ConnectToAgent(options);
  if (!agent.ok()) return agent.status();
  grpc::ClientContext context;
  SetTimeout(context, agent->timeout);
  return (*agent->stub.*method)(&context, request, &response);
}

// Whether a call that ended so was refused itself: it changed nothing. Else its outcome is unknown.
bool ChangedNothing(const grpc::Status& status);

// Says `what` on stderr; kFailed.
int Fail(absl::string_view what);

}  // namespace mcmig::cli

#endif  // SERVICES_MCMIG_AGENT_CALL_H_
