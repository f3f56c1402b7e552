#include "common/rpc/testing/two_systems.h"

#include <glog/logging.h>

#include <cstdlib>
#include <fstream>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/rpc/channel.h"
#include "gtest/gtest.h"

namespace mcmig::rpc::testing {

using identity::testing::CertificateAuthority;
using identity::testing::Issued;

TwoSystems::TwoSystems()
    : directory_(absl::StrCat(::testing::TempDir(), "/systemsXXXXXX")),
      north_(CertificateAuthority::Make("north root")),
      south_(CertificateAuthority::Make("south root")) {
  CHECK(mkdtemp(directory_.data()) != nullptr);
}

const CertificateAuthority& TwoSystems::Authority(const std::string& system) const {
  return system == "north" ? north_ : south_;
}

std::string TwoSystems::WriteFile(const std::string& content) const {
  const std::string name = absl::StrCat(files_++, ".pem");
  std::ofstream(absl::StrCat(directory_, "/", name)) << content;
  return name;
}

std::shared_ptr<identity::SystemTable> TwoSystems::Table(const std::string& own) const {
  const std::vector<std::pair<std::string, config::v1::Role>> roles = {
      {"gateway", config::v1::ROLE_GATEWAY},        {"partner", config::v1::ROLE_PARTNER_SERVER},
      {"primary", config::v1::ROLE_PRIMARY_SERVER}, {"client", config::v1::ROLE_CLIENT},
      {"operator", config::v1::ROLE_OPERATOR},
  };
  config::v1::SystemTable table;
  table.set_own_system(own);
  for (const std::string name : {"north", "south"}) {
    config::v1::System& system = *table.add_systems();
    system.set_name(name);
    system.add_id_domains(absl::StrCat(name, ".example"));
    system.add_root_certificate_files(WriteFile(Authority(name).cert()));
    for (const auto& [label, role] : roles) {
      config::v1::Identity& identity = *system.add_identities();
      identity.set_san(absl::StrCat(label, ".", name, ".example"));
      identity.set_role(role);
    }
    config::v1::Identity& uri = *system.add_identities();
    uri.set_san(absl::StrCat("spiffe://", name, "/gateway"));
    uri.set_role(config::v1::ROLE_GATEWAY);
  }
  auto created = identity::SystemTable::Create(table, directory_);
  CHECK(created.ok()) << created.status();
  return *created;
}

std::shared_ptr<Credentials> TwoSystems::Holder(const std::string& system, const std::string& name) const {
  return Holder(system, Authority(system).Issue({.dns = {name}}));
}

std::shared_ptr<Credentials> TwoSystems::Holder(const std::string& system, const Issued& certificate) const {
  auto created = TryHolder(system, certificate);
  CHECK(created.ok()) << created.status();
  return *created;
}

absl::StatusOr<std::shared_ptr<Credentials>> TwoSystems::TryHolder(const std::string& system,
                                                                   const Issued& certificate) const {
  config::v1::Certificate files;
  files.set_chain_file(WriteFile(certificate.chain_pem));
  files.set_key_file(WriteFile(certificate.key_pem));
  return Credentials::Create(Table(system), files, directory_);
}

std::shared_ptr<Credentials> TwoSystems::Insecure(const std::string& system) const {
  auto created = Credentials::Create(Table(system), {}, directory_);
  CHECK(created.ok()) << created.status();
  return *created;
}

config::v1::Listener SecureListener() {
  config::v1::Listener listener;
  listener.set_address("127.0.0.1:0");
  return listener;
}

config::v1::Listener InsecureListener(const std::string& system, config::v1::Role role) {
  config::v1::Listener listener = SecureListener();
  listener.set_insecure(true);
  listener.mutable_assumed_peer()->set_system(system);
  listener.mutable_assumed_peer()->set_role(role);
  return listener;
}

config::v1::Endpoint SecureEndpoint(const std::string& address, const std::string& server_name) {
  config::v1::Endpoint endpoint;
  endpoint.set_address(address);
  endpoint.set_server_name(server_name);
  return endpoint;
}

config::v1::Endpoint InsecureEndpoint(const std::string& address) {
  config::v1::Endpoint endpoint;
  endpoint.set_address(address);
  endpoint.set_insecure(true);
  return endpoint;
}

std::shared_ptr<grpc::Channel> Connect(const Credentials& credentials, const config::v1::Endpoint& endpoint,
                                       const std::string& system) {
  auto channel = MakeChannel(credentials, endpoint, system);
  CHECK(channel.ok()) << channel.status();
  return *channel;
}

}  // namespace mcmig::rpc::testing
