#include "common/identity/system_table.h"

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "common/identity/system_table_fixture.h"
#include "gtest/gtest.h"

namespace mcmig::identity {
namespace {

using SystemTableTest = SystemTableFixture;

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
