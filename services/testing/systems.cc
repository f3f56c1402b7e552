#include "services/testing/systems.h"

#include <cstdlib>
#include <fstream>
#include <iostream>
#include <string>
#include <utility>

#include "common/identity/testing/certificates.h"
#include "gtest/gtest.h"

namespace mcmig::testing {
namespace {

// Ends the test program: a fixture that cannot be made leaves nothing to test.
void Require(bool condition, const char* what) {
  if (condition) return;
  std::cerr << "services/testing: " << what << '\n';
  std::abort();
}

// The system's root certificate, as a file.
std::string RootFile(const std::string& system) {
  const std::string path = ::testing::TempDir() + "/" + system + "-root.pem";
  std::ofstream file(path, std::ios::binary | std::ios::trunc);
  file << identity::testing::CertificateAuthority::Make(system).cert();
  file.close();
  Require(!file.fail(), "root cannot be written");
  return path;
}

void AddSystem(config::v1::SystemTable& table, const std::string& name) {
  config::v1::System& system = *table.add_systems();
  system.set_name(name);
  system.add_id_domains(name + ".example");
  system.add_root_certificate_files(RootFile(name));
  if (name != table.own_system()) {
    system.mutable_entry()->set_address("127.0.0.1:1");
    system.mutable_entry()->set_insecure(true);
  }
}

}  // namespace

config::v1::SystemTable SystemsAt(const std::string& own) {
  config::v1::SystemTable table;
  table.set_own_system(own);
  for (const char* name : {"north", "south", "east"}) AddSystem(table, name);
  if (own == "north") {
    config::v1::Agreement& south = *SystemIn(table, "south").mutable_agreement();
    south.add_own_users_to(config::v1::MCPTT);
    south.add_own_users_to(config::v1::MCVIDEO);
    SystemIn(table, "east").mutable_agreement()->add_own_users_to(config::v1::MCPTT);
    // Most tests are about something else.
    for (const char* name : {"south", "east"}) {
      SystemIn(table, name).mutable_agreement()->set_require_primary_credential(false);
      SystemIn(table, name).mutable_agreement()->set_unsigned_grants(true);
    }
  } else if (own == "south") {
    config::v1::Agreement& north = *SystemIn(table, "north").mutable_agreement();
    north.add_visitors_from(config::v1::MCPTT);
    north.add_visitors_from(config::v1::MCVIDEO);
    north.set_unsigned_grants(true);
  }
  return table;
}

std::shared_ptr<const identity::SystemTable> MakeSystems(const config::v1::SystemTable& table) {
  auto systems = identity::SystemTable::Create(table, "/");
  if (!systems.ok()) std::cerr << systems.status() << '\n';
  Require(systems.ok(), "system table refused");
  return *std::move(systems);
}

config::v1::System& SystemIn(config::v1::SystemTable& table, const std::string& name) {
  for (config::v1::System& system : *table.mutable_systems()) {
    if (system.name() == name) return system;
  }
  Require(false, "no such system");
  std::abort();
}

identity::McServiceId Id(const std::string& bytes) {
  auto id = identity::McServiceId::Parse(bytes);
  Require(id.ok(), "not an MC service ID");
  return *std::move(id);
}

protocol::AuthorizationRequest AliceToSouth(char seed, absl::Time issued_at) {
  auto request_id = protocol::RequestId::Of(std::string(protocol::RequestId::kBytes, seed));
  Require(request_id.ok(), "not a request ID");
  return {.partner_mc_service_id = Id(kVisitor),
          .primary_mc_service_id = Id(kAlice),
          .profile_index = 1,
          .service = protocol::McService::kMcptt,
          .request_id = *request_id,
          .issued_at = issued_at,
          .authenticated_peer_system = std::nullopt};
}

}  // namespace mcmig::testing
