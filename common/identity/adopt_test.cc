// What changes while a system table is in use.
#include <memory>
#include <string>

#include "common/identity/system_table_fixture.h"
#include "gtest/gtest.h"

namespace mcmig::identity {
namespace {

using testing::CertificateAuthority;

constexpr char kRefused[] = "UNAUTHENTICATED";

class AdoptTest : public SystemTableFixture {
 protected:
  std::shared_ptr<SystemTable> Create() const {
    auto table = SystemTable::Create(config_, ::testing::TempDir());
    EXPECT_TRUE(table.ok()) << table.status();
    return *std::move(table);
  }
  // The status' text, "changed" or "same".
  static std::string Adopt(SystemTable& table, const SystemTable& next) {
    const absl::StatusOr<bool> changed = table.Adopt(next);
    if (!changed.ok()) return std::string(changed.status().message());
    return *changed ? "changed" : "same";
  }

  config::v1::System& South() { return *config_.mutable_systems(1); }
  const std::string gateway_ = south_.Issue({.dns = {"gateway.south.example"}}).chain_pem;
};

TEST_F(AdoptTest, RemovedNameIsRefusedThoughItWasKnown) {
  const auto table = Create();
  ASSERT_EQ(WhoIs(*table, gateway_), "south gateway");
  South().mutable_identities()->DeleteSubrange(0, 1);
  EXPECT_EQ(Adopt(*table, *Create()), "changed");
  EXPECT_EQ(WhoIs(*table, gateway_), kRefused);
  EXPECT_EQ(table->generation(), 1U);
}

TEST_F(AdoptTest, ChangedRoleIsTheNewOne) {
  const auto table = Create();
  ASSERT_EQ(WhoIs(*table, gateway_), "south gateway");
  South().mutable_identities(0)->set_role(config::v1::ROLE_PARTNER_SERVER);
  EXPECT_EQ(Adopt(*table, *Create()), "changed");
  EXPECT_EQ(WhoIs(*table, gateway_), "south partner_server");
}

TEST_F(AdoptTest, RootsOverlapAndThenTheOldOneIsGone) {
  const auto table = Create();
  const CertificateAuthority next = CertificateAuthority::Make("south, next");
  const std::string renewed = next.Issue({.dns = {"gateway.south.example"}}).chain_pem;
  EXPECT_EQ(WhoIs(*table, renewed), kRefused);
  South().add_root_certificate_files(Write("south-next.pem", next.cert()));
  EXPECT_EQ(Adopt(*table, *Create()), "changed");
  EXPECT_EQ(WhoIs(*table, gateway_), "south gateway");
  EXPECT_EQ(WhoIs(*table, renewed), "south gateway");
  South().mutable_root_certificate_files()->DeleteSubrange(0, 1);
  EXPECT_EQ(Adopt(*table, *Create()), "changed");
  EXPECT_EQ(WhoIs(*table, gateway_), kRefused);
  EXPECT_EQ(WhoIs(*table, renewed), "south gateway");
}

TEST_F(AdoptTest, RevokedCertificateIsRefusedThoughItWasKnown) {
  South().add_crl_files(Write("south-crl.pem", south_.RevocationList({})));
  const auto table = Create();
  ASSERT_EQ(WhoIs(*table, gateway_), "south gateway");
  const std::string north = north_.Issue({.dns = {"gateway.north.example"}}).chain_pem;
  Write("south-crl.pem", south_.RevocationList({gateway_}));
  EXPECT_EQ(Adopt(*table, *Create()), "changed");
  EXPECT_EQ(WhoIs(*table, gateway_), kRefused);
  EXPECT_EQ(WhoIs(*table, south_.Issue({.dns = {"gateway.south.example"}}).chain_pem), "south gateway");
  EXPECT_EQ(WhoIs(*table, north), "north gateway, own");
}

TEST_F(AdoptTest, WhatIsKnownDoesNotOutliveTheRevocationList) {
  const absl::Time next = absl::FromUnixSeconds(absl::ToUnixSeconds(absl::Now()) + 600);
  South().add_crl_files(Write("south-crl.pem", south_.RevocationList({}, next)));
  const auto table = Create();
  EXPECT_EQ(WhoIs(*table, gateway_), "south gateway");
  EXPECT_EQ(WhoIs(*table, gateway_, next + absl::Hours(1) - absl::Seconds(1)), "south gateway");
  EXPECT_EQ(WhoIs(*table, gateway_, next + absl::Hours(1)), kRefused);
}

TEST_F(AdoptTest, RevocationListOfAnotherSystemIsRefused) {
  South().add_crl_files(Write("south-crl.pem", CertificateAuthority::Make("south").RevocationList({})));
  EXPECT_EQ(SystemTable::Create(config_, ::testing::TempDir()).status().code(), absl::StatusCode::kInvalidArgument);
}

TEST_F(AdoptTest, NothingNewIsNoChange) {
  const auto table = Create();
  EXPECT_EQ(Adopt(*table, *Create()), "same");
  EXPECT_EQ(table->generation(), 0U);
}

TEST_F(AdoptTest, WhatNeedsARestartIsNamedAndChangesNothing) {
  const auto table = Create();
  South().mutable_identities()->DeleteSubrange(0, 1);
  South().add_id_domains("more.example");
  South().mutable_agreement()->add_visitors_from(config::v1::MCPTT);
  EXPECT_EQ(Adopt(*table, *Create()), "needs a restart: south: id_domains, agreement");
  EXPECT_EQ(WhoIs(*table, gateway_), "south gateway");
  AddSystem("west", CertificateAuthority::Make("west"));
  EXPECT_EQ(Adopt(*table, *Create()), "needs a restart: south: id_domains, agreement; west: added");
  config_.mutable_systems()->DeleteSubrange(1, 2);
  EXPECT_EQ(Adopt(*table, *Create()), "needs a restart: south: removed");
  EXPECT_EQ(table->generation(), 0U);
}

}  // namespace
}  // namespace mcmig::identity
