#include "services/mcmig/connection.h"

#include <chrono>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "common/config/address.h"
#include "common/config/tree.h"

namespace mcmig::cli {
namespace {

absl::StatusOr<std::string> Read(const Connection& connection, const char* name, const std::string& file) {
  const std::string option = absl::StrCat("--", connection.prefix, name);
  if (file.empty()) {
    return absl::InvalidArgumentError(
        absl::StrCat(option, " is needed (or --", connection.prefix, "insecure, on the loopback only)"));
  }
  absl::StatusOr<std::string> text = config::ReadFile(file);
  if (!text.ok()) return absl::InvalidArgumentError(absl::StrCat(option, " ", file, ": ", text.status().message()));
  return text;
}

}  // namespace

void AddConnectionOptions(CLI::App& command, Connection& connection, const std::string& prefix) {
  connection.prefix = prefix;
  const auto option = [&prefix](const char* name) { return absl::StrCat("--", prefix, name); };
  command.add_option(option("server"), connection.server, "HOST:PORT of the server's listener");
  command.add_option(option("server-name"), connection.server_name,
                     absl::StrCat("DNS name that the server's certificate must carry; the host of ", option("server"),
                                  " where absent"));
  command.add_option(option("ca"), connection.ca_file, "PEM file with the roots of the server's certificate");
  command.add_option(option("cert"), connection.cert_file, "PEM file with your certificate chain");
  command.add_option(option("key"), connection.key_file, "PEM file with your private key");
  command.add_flag(option("insecure"), connection.insecure, "plain text, to a loopback address only");
}

absl::StatusOr<std::shared_ptr<grpc::Channel>> Connect(const Connection& connection, grpc::ChannelArguments arguments) {
  const absl::StatusOr<config::Address> address = config::ParseAddress(connection.server);
  if (!address.ok())
    return absl::InvalidArgumentError(absl::StrCat("--", connection.prefix, "server ", address.status().message()));
  if (connection.insecure) {
    if (!address->loopback)
      return absl::InvalidArgumentError(
          absl::StrCat("--", connection.prefix, "insecure is for loopback addresses only"));
    return grpc::CreateCustomChannel(connection.server, grpc::InsecureChannelCredentials(), arguments);
  }
  absl::StatusOr<std::string> roots = Read(connection, "ca", connection.ca_file);
  if (!roots.ok()) return roots.status();
  absl::StatusOr<std::string> chain = Read(connection, "cert", connection.cert_file);
  if (!chain.ok()) return chain.status();
  absl::StatusOr<std::string> key = Read(connection, "key", connection.key_file);
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
