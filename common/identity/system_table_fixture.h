#ifndef COMMON_IDENTITY_SYSTEM_TABLE_FIXTURE_H_
#define COMMON_IDENTITY_SYSTEM_TABLE_FIXTURE_H_

#include <fstream>
#include <memory>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/identity/system_table.h"
#include "common/identity/testing/certificates.h"
#include "gtest/gtest.h"

namespace mcmig::identity {

// Two MC systems with an authority each, as the north sees them.
class SystemTableFixture : public ::testing::Test {
 protected:
  SystemTableFixture() {
    config_.set_own_system("north");
    AddSystem("north", north_);
    AddSystem("south", south_);
  }

  config::v1::System& AddSystem(const std::string& name, const testing::CertificateAuthority& authority) {
    config::v1::System& system = *config_.add_systems();
    system.set_name(name);
    system.add_id_domains(name + ".example");
    system.add_root_certificate_files(Write(name + "-root.pem", authority.cert()));
    AddIdentity(system, "gateway." + name + ".example", config::v1::ROLE_GATEWAY);
    AddIdentity(system, "partner." + name + ".example", config::v1::ROLE_PARTNER_SERVER);
    AddIdentity(system, "spiffe://" + name + ".example/operator", config::v1::ROLE_OPERATOR);
    return system;
  }

  static void AddIdentity(config::v1::System& system, const std::string& san, config::v1::Role role) {
    config::v1::Identity& identity = *system.add_identities();
    identity.set_san(san);
    identity.set_role(role);
  }

  // Relative to the directory that the table is created with.
  static std::string Write(const std::string& name, const std::string& bytes) {
    const std::string unique = absl::StrCat(::testing::UnitTest::GetInstance()->current_test_info()->name(), "-", name);
    std::ofstream(::testing::TempDir() + "/" + unique, std::ios::binary) << bytes;
    return unique;
  }

  absl::StatusOr<std::shared_ptr<const SystemTable>> Create() const {
    return SystemTable::Create(config_, ::testing::TempDir());
  }

  std::shared_ptr<const SystemTable> Table() const {
    auto table = Create();
    EXPECT_TRUE(table.ok()) << table.status();
    return table.ok() ? *std::move(table) : nullptr;
  }

  // "south gateway", "north operator, own" or the refusal's code.
  static std::string WhoIs(const SystemTable& table, const std::string& chain_pem, absl::Time now = absl::Now()) {
    const auto peer = table.Identify(chain_pem, now);
    if (!peer.ok()) return absl::StatusCodeToString(peer.status().code());
    return absl::StrCat(peer->system, " ", RoleName(peer->role), peer->own ? ", own" : "");
  }

  const testing::CertificateAuthority north_ = testing::CertificateAuthority::Make("north");
  const testing::CertificateAuthority south_ = testing::CertificateAuthority::Make("south");
  config::v1::SystemTable config_;
};

}  // namespace mcmig::identity

#endif  // COMMON_IDENTITY_SYSTEM_TABLE_FIXTURE_H_
