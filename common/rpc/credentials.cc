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
#include "absl/time/clock.h"
#include "common/config/address.h"
#include "common/identity/certificate.h"
#include "common/rpc/caller_verifier.h"
#include "common/rpc/certificate.h"
#include "common/rpc/server_verifier.h"

namespace mcmig::rpc {
namespace {

using grpc::experimental::FileWatcherCertificateProvider;
using grpc::experimental::StaticDataCertificateProvider;

absl::StatusOr<std::string> ReadFile(absl::string_view field, const std::string& name) {
  if (name.empty()) return absl::InvalidArgumentError(absl::StrCat("certificate.", field, ": missing"));
  std::ifstream file(name, std::ios::binary);
  std::ostringstream bytes;
  bytes << file.rdbuf();
  if (!file || bytes.str().empty()) {
    return absl::InvalidArgumentError(absl::StrCat("certificate.", field, ": cannot be read: ", name));
  }
  return bytes.str();
}

std::string Absolute(const std::string& directory, const std::string& name) {
  return name.empty() ? name : (std::filesystem::path(directory) / name).string();
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

absl::StatusOr<Credentials::KeyPair> Credentials::Read(const std::string& chain_file, const std::string& key_file) {
  absl::StatusOr<std::string> chain = ReadFile("chain_file", chain_file);
  if (!chain.ok()) return chain.status();
  absl::StatusOr<std::string> key = ReadFile("key_file", key_file);
  if (!key.ok()) return key.status();
  if (absl::Status status = CheckKeyPair(*chain, *key); !status.ok()) return status;
  return KeyPair{.chain_pem = *std::move(chain), .key_pem = *std::move(key)};
}

absl::StatusOr<std::shared_ptr<Credentials>> Credentials::Create(std::shared_ptr<const identity::SystemTable> table,
                                                                 const config::v1::Certificate& certificate,
                                                                 const std::string& directory) {
  std::shared_ptr<Credentials> credentials(new Credentials(
      std::move(table), Absolute(directory, certificate.chain_file()), Absolute(directory, certificate.key_file())));
  if (credentials->files().empty()) return credentials;
  absl::StatusOr<KeyPair> pair = Read(credentials->chain_file_, credentials->key_file_);
  if (!pair.ok()) return pair.status();
  const async::MutexLock lock(credentials->mutex_);
  credentials->pair_ = *std::move(pair);
  return credentials;
}

std::vector<std::string> Credentials::files() const {
  if (chain_file_.empty() && key_file_.empty()) return {};
  return {chain_file_, key_file_};
}

absl::StatusOr<bool> Credentials::Reload() {
  if (files().empty()) return false;
  absl::StatusOr<KeyPair> pair = Read(chain_file_, key_file_);
  if (!pair.ok()) return pair.status();
  const absl::StatusOr<absl::Time> expiry = identity::EarliestExpiry(pair->chain_pem);
  if (!expiry.ok()) return absl::InvalidArgumentError("certificate.chain_file: holds what is no certificate");
  if (*expiry <= absl::Now()) return absl::InvalidArgumentError("certificate.chain_file: has expired");
  const async::MutexLock lock(mutex_);
  if (pair->chain_pem == pair_.chain_pem && pair->key_pem == pair_.key_pem) return false;
  if (shown_.file != nullptr) {
    if (absl::Status replaced = shown_.file->Replace(pair->key_pem, pair->chain_pem); !replaced.ok()) return replaced;
  }
  pair_ = *std::move(pair);
  ++changes_;
  return true;
}

uint64_t Credentials::generation() const { return changes_ + table_->generation(); }

Credentials::KeyPair Credentials::Now() const {
  const async::MutexLock lock(mutex_);
  return pair_;
}

absl::StatusOr<Credentials::Shown> Credentials::OfListeners() const {
  const async::MutexLock lock(mutex_);
  if (pair_.chain_pem.empty()) {
    return absl::InvalidArgumentError("certificate: missing, and a listener is not insecure");
  }
  if (shown_.file != nullptr) return shown_;
  absl::StatusOr<std::unique_ptr<KeyPairFile>> file = KeyPairFile::Create(pair_.key_pem, pair_.chain_pem);
  if (!file.ok()) return file.status();
  shown_.file = *std::move(file);
  constexpr unsigned kIntervalSeconds = 1;
  shown_.provider =
      std::make_shared<FileWatcherCertificateProvider>(shown_.file->path(), shown_.file->path(), kIntervalSeconds);
  return shown_;
}

absl::StatusOr<std::shared_ptr<grpc::ServerCredentials>> Credentials::ForListener(
    identity::Listener kind, const config::v1::Listener& listener, std::shared_ptr<RefusedHandshakes> refused) const {
  if (listener.insecure()) {
    if (absl::Status status = PlainTextAllowed(listener.address()); !status.ok()) return status;
    return grpc::InsecureServerCredentials();
  }
  absl::StatusOr<Shown> shown = OfListeners();
  if (!shown.ok()) return shown.status();
  const bool own_only = kind == identity::Listener::kInside || kind == identity::Listener::kOperators;
  grpc::experimental::TlsServerCredentialsOptions options(shown->provider);
  options.watch_identity_key_cert_pairs();
  // "Don't verify" is said to OpenSSL: CallerVerifier does, and says why.
  options.set_cert_request_type(GRPC_SSL_REQUEST_AND_REQUIRE_CLIENT_CERTIFICATE_BUT_DONT_VERIFY);
  options.set_certificate_verifier(grpc::experimental::ExternalCertificateVerifier::Create<CallerVerifier>(
      table_, own_only, shown->file, std::move(refused)));
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
  const std::shared_ptr<const identity::Trust> trust = table_->trust();
  const auto trusted =
      absl::c_find_if(trust->systems(), [&](const identity::Trust::System& one) { return one.name == system; });
  if (trusted == trust->systems().end()) return absl::InvalidArgumentError(absl::StrCat("unknown MC system ", system));
  const KeyPair pair = Now();
  if (pair.chain_pem.empty()) {
    return absl::InvalidArgumentError("certificate: missing, and an endpoint is not insecure");
  }
  if (endpoint.server_name().empty()) return absl::InvalidArgumentError("server_name: missing");
  grpc::experimental::TlsChannelCredentialsOptions options;
  options.set_certificate_provider(std::make_shared<StaticDataCertificateProvider>(
      trusted->roots_pem, std::vector<grpc::experimental::IdentityKeyCertPair>{{pair.key_pem, pair.chain_pem}}));
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
      "certificates of an MC system (roots); or when its first revocation list is no longer good (crl)."};
  const auto set = [&](const char* certificate, const std::string& system, absl::Time expiry) {
    metrics.AddGauge(kExpiry, {{"certificate", certificate}, {"mc_system", system}})
        .Set(absl::ToDoubleSeconds(expiry - absl::UnixEpoch()));
  };
  const auto measure = [&](const char* certificate, const std::string& system, absl::string_view pem) {
    const absl::StatusOr<absl::Time> expiry = identity::EarliestExpiry(pem);
    if (expiry.ok()) set(certificate, system, *expiry);
  };
  measure("own", table_->own(), Now().chain_pem);
  const std::shared_ptr<const identity::Trust> trust = table_->trust();
  for (const identity::Trust::System& system : trust->systems()) {
    measure("roots", system.name, system.roots_pem);
    if (system.lists_good_until.has_value()) set("crl", system.name, *system.lists_good_until);
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
