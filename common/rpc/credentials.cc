#include "common/rpc/credentials.h"

#include <grpcpp/security/tls_certificate_provider.h>
#include <grpcpp/security/tls_credentials_options.h>

#include <filesystem>
#include <fstream>
#include <sstream>
#include <utility>
#include <vector>

#include "absl/algorithm/container.h"
#include "absl/strings/str_cat.h"
#include "common/config/address.h"
#include "common/identity/certificate.h"
#include "common/rpc/caller_verifier.h"
#include "common/rpc/certificate.h"
#include "common/rpc/server_verifier.h"

namespace mcmig::rpc {
namespace {

using grpc::experimental::StaticDataCertificateProvider;

absl::StatusOr<std::string> ReadFile(absl::string_view field, const std::string& name, const std::string& directory) {
  if (name.empty()) return absl::InvalidArgumentError(absl::StrCat("certificate.", field, ": missing"));
  std::ifstream file(std::filesystem::path(directory) / name, std::ios::binary);
  std::ostringstream bytes;
  bytes << file.rdbuf();
  if (!file || bytes.str().empty()) {
    return absl::InvalidArgumentError(absl::StrCat("certificate.", field, ": cannot be read: ", name));
  }
  return bytes.str();
}

absl::Status PlainTextAllowed(absl::string_view address) {
  const absl::StatusOr<config::Address> parsed = config::ParseAddress(address);
  if (!parsed.ok()) return parsed.status();
  if (parsed->loopback) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat("insecure: only on the loopback, not on ", address));
}

// One property of a connection; empty where it has none.
std::string Property(const grpc::AuthContext& context, const char* name) {
  const std::vector<grpc::string_ref> values = context.FindPropertyValues(name);
  return values.empty() ? std::string() : std::string(values.front().data(), values.front().size());
}

}  // namespace

Credentials::Credentials(std::shared_ptr<const identity::SystemTable> table, std::string chain_pem, std::string key_pem)
    : table_(std::move(table)), chain_pem_(std::move(chain_pem)), key_pem_(std::move(key_pem)) {}

absl::StatusOr<std::shared_ptr<const Credentials>> Credentials::Create(
    std::shared_ptr<const identity::SystemTable> table, const config::v1::Certificate& certificate,
    const std::string& directory) {
  std::string chain;
  std::string key;
  if (!certificate.chain_file().empty() || !certificate.key_file().empty()) {
    absl::StatusOr<std::string> chain_file = ReadFile("chain_file", certificate.chain_file(), directory);
    if (!chain_file.ok()) return chain_file.status();
    absl::StatusOr<std::string> key_file = ReadFile("key_file", certificate.key_file(), directory);
    if (!key_file.ok()) return key_file.status();
    if (absl::Status status = CheckKeyPair(*chain_file, *key_file); !status.ok()) return status;
    chain = *std::move(chain_file);
    key = *std::move(key_file);
  }
  return std::shared_ptr<const Credentials>(new Credentials(std::move(table), std::move(chain), std::move(key)));
}

absl::StatusOr<std::shared_ptr<grpc::ServerCredentials>> Credentials::ForListener(
    identity::Listener kind, const config::v1::Listener& listener) const {
  if (listener.insecure()) {
    if (absl::Status status = PlainTextAllowed(listener.address()); !status.ok()) return status;
    return grpc::InsecureServerCredentials();
  }
  if (chain_pem_.empty()) return absl::InvalidArgumentError("certificate: missing, and a listener is not insecure");
  const bool own_only = kind == identity::Listener::kInside || kind == identity::Listener::kOperators;
  std::vector<identity::TrustRoots> roots;
  for (const identity::SystemTable::System& system : table_->systems()) {
    if (own_only && !system.own) continue;
    absl::StatusOr<identity::TrustRoots> of_system = identity::TrustRoots::Parse(system.roots_pem);
    if (!of_system.ok()) return of_system.status();
    roots.push_back(*std::move(of_system));
  }
  grpc::experimental::TlsServerCredentialsOptions options(std::make_shared<StaticDataCertificateProvider>(
      std::vector<grpc::experimental::IdentityKeyCertPair>{{key_pem_, chain_pem_}}));
  options.watch_identity_key_cert_pairs();
  // "Don't verify" is said to OpenSSL: CallerVerifier does, and says why.
  options.set_cert_request_type(GRPC_SSL_REQUEST_AND_REQUIRE_CLIENT_CERTIFICATE_BUT_DONT_VERIFY);
  options.set_certificate_verifier(
      grpc::experimental::ExternalCertificateVerifier::Create<CallerVerifier>(std::move(roots)));
  return grpc::experimental::TlsServerCredentials(options);
}

std::function<absl::StatusOr<identity::Peer>(const grpc::AuthContext&)> Credentials::Identifier(
    const config::v1::Listener& listener) const {
  if (listener.insecure()) {
    identity::Peer peer;
    peer.system = listener.assumed_peer().system();
    peer.role = identity::RoleOf(listener.assumed_peer().role());
    peer.own = peer.system == table_->own();
    return [peer](const grpc::AuthContext&) { return peer; };
  }
  return [table = table_](const grpc::AuthContext& context) {
    return table->Identify(WholeChain(Property(context, GRPC_X509_PEM_CERT_PROPERTY_NAME),
                                      Property(context, GRPC_X509_PEM_CERT_CHAIN_PROPERTY_NAME)));
  };
}

absl::StatusOr<std::shared_ptr<grpc::ChannelCredentials>> Credentials::ForEndpoint(const config::v1::Endpoint& endpoint,
                                                                                   absl::string_view system) const {
  if (endpoint.insecure()) {
    if (absl::Status status = PlainTextAllowed(endpoint.address()); !status.ok()) return status;
    return grpc::InsecureChannelCredentials();
  }
  const identity::SystemTable::System* entry = table_->Find(system);
  if (entry == nullptr) return absl::InvalidArgumentError(absl::StrCat("unknown MC system ", system));
  if (chain_pem_.empty()) return absl::InvalidArgumentError("certificate: missing, and an endpoint is not insecure");
  if (endpoint.server_name().empty()) return absl::InvalidArgumentError("server_name: missing");
  grpc::experimental::TlsChannelCredentialsOptions options;
  options.set_certificate_provider(std::make_shared<StaticDataCertificateProvider>(
      entry->roots_pem, std::vector<grpc::experimental::IdentityKeyCertPair>{{key_pem_, chain_pem_}}));
  options.watch_root_certs();
  options.watch_identity_key_cert_pairs();
  // gRPC's own check knows neither URI names nor systems, and takes wildcards and common names.
  options.set_certificate_verifier(grpc::experimental::ExternalCertificateVerifier::Create<ServerVerifier>(
      table_, identity::SystemName(system), endpoint.server_name()));
  options.set_check_call_host(false);
  return grpc::experimental::TlsCredentials(options);
}

void Credentials::MeasureExpiry(ops::Metrics& metrics) const {
  constexpr ops::Family kExpiry = {
      "mcmig_certificate_expiry_timestamp_seconds",
      "When the first certificate expires, since the Unix epoch: of this process' own chain (own), of the root "
      "certificates of an MC system (roots). As read at the start."};
  const auto measure = [&](const char* certificate, const std::string& system, absl::string_view pem) {
    const absl::StatusOr<absl::Time> expiry = identity::EarliestExpiry(pem);
    if (!expiry.ok()) return;
    metrics.AddGauge(kExpiry, {{"certificate", certificate}, {"mc_system", system}})
        .Set(absl::ToDoubleSeconds(*expiry - absl::UnixEpoch()));
  };
  measure("own", table_->own(), chain_pem_);
  for (const identity::SystemTable::System& system : table_->systems()) {
    measure("roots", system.config.name(), system.roots_pem);
  }
}

absl::Status CheckServerRole(const identity::SystemTable& table, const config::v1::Endpoint& endpoint,
                             absl::string_view system, absl::Span<const identity::Role> roles) {
  if (endpoint.insecure()) return absl::OkStatus();
  const identity::SystemTable::System* entry = table.Find(system);
  if (entry == nullptr) return absl::InvalidArgumentError(absl::StrCat("unknown MC system ", system));
  for (const config::v1::Identity& named : entry->config.identities()) {
    if (named.san() == endpoint.server_name() && absl::c_linear_search(roles, identity::RoleOf(named.role()))) {
      return absl::OkStatus();
    }
  }
  return absl::InvalidArgumentError(absl::StrCat("server_name: ", endpoint.server_name(),
                                                 " has no role in the system table for what is asked of it"));
}

}  // namespace mcmig::rpc
