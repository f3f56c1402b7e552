#ifndef SERVICES_MCMIG_CONNECTION_H_
#define SERVICES_MCMIG_CONNECTION_H_

#include <grpcpp/grpcpp.h>

#include <CLI/CLI.hpp>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"

namespace mcmig::cli {

// Which server a command talks to, and as whom.
struct Connection {
  std::string server;
  std::string server_name;
  std::string ca_file;
  std::string cert_file;
  std::string key_file;
  bool insecure = false;
  // What its options begin with, after "--".
  std::string prefix;
};

// --server, --server-name, --ca, --cert, --key, --insecure; with a prefix, e.g. "primary-", --primary-server and so on.
void AddConnectionOptions(CLI::App& command, Connection& connection, const std::string& prefix = "");

// A channel to the server, connecting when first used. INVALID_ARGUMENT, naming the option, where options are missing,
// a file cannot be read, or plain text is asked for off the loopback.
absl::StatusOr<std::shared_ptr<grpc::Channel>> Connect(const Connection& connection,
                                                       grpc::ChannelArguments arguments = {});

// How long a command waits for one answer, where it has no option of its own.
constexpr absl::Duration kCallTimeout = absl::Seconds(30);
void SetTimeout(grpc::ClientContext& context, absl::Duration timeout = kCallTimeout);

// "UNAVAILABLE: text".
std::string Describe(const grpc::Status& status);

}  // namespace mcmig::cli

#endif  // SERVICES_MCMIG_CONNECTION_H_
