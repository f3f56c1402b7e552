#include "services/mcmig/connection.h"

#include <chrono>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "common/config/address.h"
#include "common/config/tree.h"

namespace mcmig::cli {
namespace {

absl::Status Missing(const char* option) {
  return absl::InvalidArgumentError(absl::StrCat(option, " is needed (or --insecure, on the loopback only)"));
}

absl::StatusOr<std::string> Read(const char* option, const std::string& file) {
  if (file.empty()) return Missing(option);
  absl::StatusOr<std::string> text = config::ReadFile(file);
  if (!text.ok()) return absl::InvalidArgumentError(absl::StrCat(option, " ", file, ": ", text.status().message()));
  return text;
}

}  // namespace

void AddConnectionOptions(CLI::App& command, Connection& connection) {
  command.add_option("--server", connection.server, "HOST:PORT of the server's listener");
  command.add_option("--server-name", connection.server_name,
                     "DNS name that the server's certificate must carry; the host of --server where absent");
  command.add_option("--ca", connection.ca_file, "PEM file with the roots of the server's certificate");
  command.add_option("--cert", connection.cert_file, "PEM file with your certificate chain");
  command.add_option("--key", connection.key_file, "PEM file with your private key");
  command.add_flag("--insecure", connection.insecure, "plain text, to a loopback address only");
}

absl::StatusOr<std::shared_ptr<grpc::Channel>> Connect(const Connection& connection, grpc::ChannelArguments arguments) {
  const absl::StatusOr<config::Address> address = config::ParseAddress(connection.server);
  if (!address.ok()) return absl::InvalidArgumentError(absl::StrCat("--server ", address.status().message()));
  if (connection.insecure) {
    if (!address->loopback) return absl::InvalidArgumentError("--insecure is for loopback addresses only");
    return grpc::CreateCustomChannel(connection.server, grpc::InsecureChannelCredentials(), arguments);
  }
  absl::StatusOr<std::string> roots = Read("--ca", connection.ca_file);
  if (!roots.ok()) return roots.status();
  absl::StatusOr<std::string> chain = Read("--cert", connection.cert_file);
  if (!chain.ok()) return chain.status();
  absl::StatusOr<std::string> key = Read("--key", connection.key_file);
  if (!key.ok()) return key.status();
  grpc::SslCredentialsOptions options;
  options.pem_root_certs = *std::move(roots);
  options.pem_cert_chain = *std::move(chain);
  options.pem_private_key = *std::move(key);
  if (!connection.server_name.empty()) arguments.SetSslTargetNameOverride(connection.server_name);
  return grpc::CreateCustomChannel(connection.server, grpc::SslCredentials(options), arguments);
}

void SetTimeout(grpc::ClientContext& context, absl::Duration timeout) {
  context.set_deadline(absl::ToChronoTime(absl::Now() + timeout));
}

std::string Describe(const grpc::Status& status) {
  const absl::Status named(static_cast<absl::StatusCode>(status.error_code()), status.error_message());
  return absl::StrCat(absl::StatusCodeToString(named.code()), ": ", named.message());
}

}  // namespace mcmig::cli
