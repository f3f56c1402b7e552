#include "common/identity/system_table.h"

#include <fstream>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "common/identity/testing/certificates.h"
#include "gtest/gtest.h"

namespace mcmig::identity {
namespace {

using testing::CertificateAuthority;

// Two MC systems with an authority each, as the north sees them.
class SystemTableTest : public ::testing::Test {
 protected:
  SystemTableTest() {
    config_.set_own_system("north");
    AddSystem("north", north_);
    AddSystem("south", south_);
  }

  config::v1::System& AddSystem(const std::string& name, const CertificateAuthority& authority) {
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

  const CertificateAuthority north_ = CertificateAuthority::Make("north");
  const CertificateAuthority south_ = CertificateAuthority::Make("south");
  config::v1::SystemTable config_;
};

constexpr char kRefused[] = "UNAUTHENTICATED";

TEST_F(SystemTableTest, NameUnderItsSystemsRootGivesSystemAndRole) {
  const auto table = Table();
  EXPECT_EQ(WhoIs(*table, south_.Issue({.dns = {"gateway.south.example"}}).chain_pem), "south gateway");
  EXPECT_EQ(WhoIs(*table, south_.Issue({.dns = {"partner.south.example"}}).chain_pem), "south partner_server");
  EXPECT_EQ(WhoIs(*table, north_.Issue({.dns = {"Gateway.North.Example"}}).chain_pem), "north gateway, own");
  EXPECT_EQ(WhoIs(*table, north_.Issue({.uris = {"spiffe://north.example/operator"}}).chain_pem),
            "north operator, own");
  EXPECT_EQ(WhoIs(*table, south_.Issue({.dns = {"other.example", "gateway.south.example"}}).chain_pem),
            "south gateway");
}

TEST_F(SystemTableTest, NameOfAnotherSystemUnderTheOwnRootIsRefused) {
  const auto table = Table();
  EXPECT_EQ(WhoIs(*table, south_.Issue({.dns = {"gateway.north.example"}}).chain_pem), kRefused);
  EXPECT_EQ(WhoIs(*table, north_.Issue({.dns = {"gateway.south.example"}}).chain_pem), kRefused);
  EXPECT_EQ(WhoIs(*table, south_.Issue({.uris = {"spiffe://north.example/operator"}}).chain_pem), kRefused);
}

// The foreign name gains nothing: the answer is the system whose roots vouch.
TEST_F(SystemTableTest, ForeignNameBesideTheOwnGivesTheOwnOnly) {
  const auto chain = south_.Issue({.dns = {"gateway.north.example", "partner.south.example"}}).chain_pem;
  EXPECT_EQ(WhoIs(*Table(), chain), "south partner_server");
}

TEST_F(SystemTableTest, UnknownNamesAreRefused) {
  const auto table = Table();
  EXPECT_EQ(WhoIs(*table, south_.Issue({.dns = {"other.south.example"}}).chain_pem), kRefused);
  EXPECT_EQ(WhoIs(*table, south_.Issue({.dns = {"*.south.example"}}).chain_pem), kRefused);
  EXPECT_EQ(WhoIs(*table, south_.Issue({.dns = {"a.gateway.south.example"}}).chain_pem), kRefused);
  EXPECT_EQ(WhoIs(*table, south_.Issue({.dns = {"gateway.south.example.evil.example"}}).chain_pem), kRefused);
  EXPECT_EQ(WhoIs(*table, south_.Issue({.dns = {"spiffe://south.example/operator"}}).chain_pem), kRefused);
  EXPECT_EQ(WhoIs(*table, south_.Issue({.uris = {"gateway.south.example"}}).chain_pem), kRefused);
  EXPECT_EQ(WhoIs(*table, south_.Issue({.uris = {"spiffe://south.example/Operator"}}).chain_pem), kRefused);
  EXPECT_EQ(WhoIs(*table, south_.Issue({.ips = {"127.0.0.1"}}).chain_pem), kRefused);
}

TEST_F(SystemTableTest, SelfSignedAndUnreadableCertificatesAreRefused) {
  const auto table = Table();
  EXPECT_EQ(WhoIs(*table, testing::SelfSigned({.dns = {"gateway.south.example"}}).chain_pem), kRefused);
  EXPECT_EQ(WhoIs(*table, ""), kRefused);
  EXPECT_EQ(WhoIs(*table, "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"), kRefused);
}

TEST_F(SystemTableTest, ExpiredAndNotYetValidCertificatesAreRefused) {
  const auto table = Table();
  const absl::Time now = absl::Now();
  const std::string chain =
      south_
          .Issue(
              {.dns = {"gateway.south.example"}, .not_before = now - absl::Hours(2), .not_after = now - absl::Hours(1)})
          .chain_pem;
  EXPECT_EQ(WhoIs(*table, chain, now), kRefused);
  EXPECT_EQ(WhoIs(*table, chain, now - absl::Hours(3)), kRefused);
  EXPECT_EQ(WhoIs(*table, chain, now - absl::Minutes(90)), "south gateway");
}

TEST_F(SystemTableTest, WhatIsKeptDoesNotOutliveTheCertificate) {
  const auto table = Table();
  const absl::Time now = absl::Now();
  const std::string chain =
      south_.Issue({.dns = {"gateway.south.example"}, .not_after = now + absl::Minutes(10)}).chain_pem;
  EXPECT_EQ(WhoIs(*table, chain, now), "south gateway");
  EXPECT_EQ(WhoIs(*table, chain, now + absl::Minutes(9)), "south gateway");
  EXPECT_EQ(WhoIs(*table, chain, now + absl::Minutes(10)), kRefused);
  EXPECT_EQ(WhoIs(*table, chain, now), "south gateway");
}

TEST_F(SystemTableTest, WhatIsKeptDoesNotOutliveTheRoot) {
  const auto table = Table();
  const absl::Time now = absl::Now();
  const absl::Time later = now + absl::Hours(24) * 365 * 20;
  const std::string chain = south_.Issue({.dns = {"gateway.south.example"}, .not_after = later}).chain_pem;
  EXPECT_EQ(WhoIs(*table, chain, now), "south gateway");
  EXPECT_EQ(WhoIs(*table, chain, later - absl::Hours(1)), kRefused);
}

TEST_F(SystemTableTest, IntermediateAuthorityActsForItsRootsSystemOnly) {
  const auto table = Table();
  const CertificateAuthority issuing = south_.MakeIntermediate("north");
  EXPECT_EQ(WhoIs(*table, issuing.Issue({.dns = {"gateway.south.example"}}).chain_pem), "south gateway");
  EXPECT_EQ(WhoIs(*table, issuing.Issue({.dns = {"gateway.north.example"}}).chain_pem), kRefused);
}

TEST_F(SystemTableTest, CertificateForTwoRolesIsRefused) {
  const std::string chain = south_.Issue({.dns = {"gateway.south.example", "partner.south.example"}}).chain_pem;
  EXPECT_EQ(WhoIs(*Table(), chain), kRefused);
}

TEST_F(SystemTableTest, TwoNamesOfOneRoleAreOneRole) {
  AddIdentity(*config_.mutable_systems(1), "gateway2.south.example", config::v1::ROLE_GATEWAY);
  const std::string chain = south_.Issue({.dns = {"gateway.south.example", "gateway2.south.example"}}).chain_pem;
  EXPECT_EQ(WhoIs(*Table(), chain), "south gateway");
}

TEST_F(SystemTableTest, CertificateForTwoSystemsUnderASharedRootIsRefused) {
  AddSystem("east", south_);
  const auto table = Table();
  const std::string both = south_.Issue({.dns = {"gateway.south.example", "gateway.east.example"}}).chain_pem;
  EXPECT_EQ(WhoIs(*table, both), kRefused);
  EXPECT_EQ(WhoIs(*table, south_.Issue({.dns = {"gateway.east.example"}}).chain_pem), "east gateway");
}

TEST_F(SystemTableTest, OneNameUnderTwoRootsIsToldApartByTheRoot) {
  AddIdentity(*config_.mutable_systems(0), "edge.example", config::v1::ROLE_GATEWAY);
  AddIdentity(*config_.mutable_systems(1), "edge.example", config::v1::ROLE_PARTNER_SERVER);
  const auto table = Table();
  EXPECT_EQ(WhoIs(*table, north_.Issue({.dns = {"edge.example"}}).chain_pem), "north gateway, own");
  EXPECT_EQ(WhoIs(*table, south_.Issue({.dns = {"edge.example"}}).chain_pem), "south partner_server");
}

TEST_F(SystemTableTest, EachRootOfASystemVouches) {
  const CertificateAuthority next = CertificateAuthority::Make("south, next");
  config_.mutable_systems(1)->add_root_certificate_files(Write("south-next.pem", next.cert()));
  const auto table = Table();
  EXPECT_EQ(WhoIs(*table, south_.Issue({.dns = {"gateway.south.example"}}).chain_pem), "south gateway");
  EXPECT_EQ(WhoIs(*table, next.Issue({.dns = {"gateway.south.example"}}).chain_pem), "south gateway");
  EXPECT_EQ(table->Find("south")->roots_pem, absl::StrCat(south_.cert(), "\n", next.cert(), "\n"));
}

TEST_F(SystemTableTest, RefusalsDoNotShowTheCertificate) {
  const auto table = Table();
  for (const std::string& chain : {south_.Issue({.dns = {"gateway.north.example"}}).chain_pem,
                                   south_.Issue({.dns = {"secret.example"}}).chain_pem}) {
    const auto peer = table->Identify(chain);
    ASSERT_FALSE(peer.ok());
    EXPECT_FALSE(absl::StrContains(peer.status().message(), "example"));
    EXPECT_FALSE(absl::StrContains(peer.status().message(), "BEGIN"));
  }
}

TEST_F(SystemTableTest, SystemsAreFoundByName) {
  const auto table = Table();
  EXPECT_EQ(table->own(), "north");
  ASSERT_EQ(table->systems().size(), 2U);
  ASSERT_NE(table->Find("north"), nullptr);
  EXPECT_TRUE(table->Find("north")->own);
  ASSERT_NE(table->Find("south"), nullptr);
  EXPECT_FALSE(table->Find("south")->own);
  EXPECT_EQ(table->Find("south")->config.name(), "south");
  EXPECT_EQ(table->Find("west"), nullptr);
  EXPECT_EQ(table->Find(""), nullptr);
}

TEST_F(SystemTableTest, DomainsDecideTheSystemOfAnId) {
  config_.mutable_systems(0)->add_id_domains("*.example");
  config_.mutable_systems(1)->add_id_domains("*.units.example");
  config_.mutable_systems(0)->add_id_domains("hq.units.example");
  config_.mutable_systems(1)->add_id_domains("*.north.example");
  const auto table = Table();
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"north.example", "north"},
      {"south.example", "south"},
      {"other.example", "north"},
      {"deep.other.example", "north"},
      {"units.example", "north"},       // a wildcard is not its own domain
      {"a.units.example", "south"},     // the longer wildcard
      {"a.b.units.example", "south"},   // any depth
      {"hq.units.example", "north"},    // exact before wildcard
      {"x.hq.units.example", "south"},  // exact is exact
      {"a.north.example", "south"},     //
      {"xnorth.example", "north"},      // by "*.example", not by a suffix of characters
      {"example", ""},                  //
      {"notexample", ""},               //
      {"north.example.evil", ""},       //
      {"", ""},                         //
  };
  for (const auto& [domain, system] : cases) EXPECT_EQ(table->SystemOfDomain(domain).value_or(""), system) << domain;

  const auto id = McServiceId::Parse("SIP:alice@SOUTH.Example.");
  ASSERT_TRUE(id.ok());
  EXPECT_EQ(table->SystemOf(*id), "south");
}

TEST_F(SystemTableTest, UnknownDomainIsOfNoSystem) {
  const auto table = Table();
  for (const char* domain : {"west.example", "a.north.example", "example", "north.example.x", ""}) {
    EXPECT_EQ(table->SystemOfDomain(domain), std::nullopt) << domain;
  }
}

TEST_F(SystemTableTest, DomainOfTwoSystemsIsRefused) {
  config_.mutable_systems(1)->add_id_domains("north.example");
  EXPECT_EQ(Create().status().code(), absl::StatusCode::kInvalidArgument);
}

TEST_F(SystemTableTest, WildcardOfTwoSystemsIsRefused) {
  config_.mutable_systems(0)->add_id_domains("*.example");
  config_.mutable_systems(1)->add_id_domains("*.example");
  EXPECT_EQ(Create().status().code(), absl::StatusCode::kInvalidArgument);
}

TEST_F(SystemTableTest, TwoSystemsOfOneNameAreRefused) {
  config_.mutable_systems(1)->set_name("north");
  EXPECT_EQ(Create().status().code(), absl::StatusCode::kInvalidArgument);
}

TEST_F(SystemTableTest, OwnSystemOutsideTheTableIsRefused) {
  config_.set_own_system("west");
  EXPECT_EQ(Create().status().code(), absl::StatusCode::kInvalidArgument);
}

TEST_F(SystemTableTest, IdentityWithoutRoleIsRefused) {
  AddIdentity(*config_.mutable_systems(0), "x.example", config::v1::ROLE_UNSPECIFIED);
  EXPECT_EQ(Create().status().code(), absl::StatusCode::kInvalidArgument);
}

TEST_F(SystemTableTest, RootsThatCannotBeUsedAreRefused) {
  for (const std::string& file :
       {std::string("missing.pem"), std::string("/missing.pem"), Write("bad.pem", "garbage")}) {
    config_.mutable_systems(1)->set_root_certificate_files(0, file);
    const absl::Status refused = Create().status();
    EXPECT_EQ(refused.code(), absl::StatusCode::kInvalidArgument) << file;
    EXPECT_TRUE(absl::StrContains(refused.message(), file));
  }
  config_.mutable_systems(1)->clear_root_certificate_files();
  EXPECT_EQ(Create().status().code(), absl::StatusCode::kInvalidArgument);
}

TEST_F(SystemTableTest, AbsoluteRootFileNamesAreTakenAsTheyAre) {
  std::string& file = *config_.mutable_systems(1)->mutable_root_certificate_files(0);
  file = ::testing::TempDir() + "/" + file;
  EXPECT_EQ(WhoIs(*Table(), south_.Issue({.dns = {"gateway.south.example"}}).chain_pem), "south gateway");
}

}  // namespace
}  // namespace mcmig::identity
