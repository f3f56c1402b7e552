#include <string>
#include <thread>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "common/identity/system_table_fixture.h"
#include "gtest/gtest.h"

namespace mcmig::identity {
namespace {

using testing::CertificateAuthority;
using IdentifyTest = SystemTableFixture;

constexpr char kRefused[] = "UNAUTHENTICATED";

TEST_F(IdentifyTest, NameUnderItsSystemsRootGivesSystemAndRole) {
  const auto table = Table();
  EXPECT_EQ(WhoIs(*table, south_.Issue({.dns = {"gateway.south.example"}}).chain_pem), "south gateway");
  EXPECT_EQ(WhoIs(*table, south_.Issue({.dns = {"partner.south.example"}}).chain_pem), "south partner_server");
  EXPECT_EQ(WhoIs(*table, north_.Issue({.dns = {"Gateway.North.Example"}}).chain_pem), "north gateway, own");
  EXPECT_EQ(WhoIs(*table, north_.Issue({.uris = {"spiffe://north.example/operator"}}).chain_pem),
            "north operator, own");
  EXPECT_EQ(WhoIs(*table, south_.Issue({.dns = {"other.example", "gateway.south.example"}}).chain_pem),
            "south gateway");
}

TEST_F(IdentifyTest, NameOfAnotherSystemUnderTheOwnRootIsRefused) {
  const auto table = Table();
  EXPECT_EQ(WhoIs(*table, south_.Issue({.dns = {"gateway.north.example"}}).chain_pem), kRefused);
  EXPECT_EQ(WhoIs(*table, north_.Issue({.dns = {"gateway.south.example"}}).chain_pem), kRefused);
  EXPECT_EQ(WhoIs(*table, south_.Issue({.uris = {"spiffe://north.example/operator"}}).chain_pem), kRefused);
}

// The foreign name gains nothing: the answer is the system whose roots vouch.
TEST_F(IdentifyTest, ForeignNameBesideTheOwnGivesTheOwnOnly) {
  const auto chain = south_.Issue({.dns = {"gateway.north.example", "partner.south.example"}}).chain_pem;
  EXPECT_EQ(WhoIs(*Table(), chain), "south partner_server");
}

TEST_F(IdentifyTest, TheNameIsTheOneByWhichItWasIdentified) {
  const auto table = Table();
  const auto chain =
      south_.Issue({.dns = {"gateway.north.example", "Partner.South.Example", "other.example"}}).chain_pem;
  // Found out, and then kept.
  for (int i = 0; i < 2; ++i) EXPECT_EQ(table->Identify(chain)->name, "DNS:partner.south.example");
  EXPECT_EQ(table->Identify(north_.Issue({.uris = {"spiffe://north.example/operator"}}).chain_pem)->name,
            "URI:spiffe://north.example/operator");
}

TEST_F(IdentifyTest, UnknownNamesAreRefused) {
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

TEST_F(IdentifyTest, SelfSignedAndUnreadableCertificatesAreRefused) {
  const auto table = Table();
  EXPECT_EQ(WhoIs(*table, testing::SelfSigned({.dns = {"gateway.south.example"}}).chain_pem), kRefused);
  EXPECT_EQ(WhoIs(*table, ""), kRefused);
  EXPECT_EQ(WhoIs(*table, "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"), kRefused);
}

TEST_F(IdentifyTest, ExpiredAndNotYetValidCertificatesAreRefused) {
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

TEST_F(IdentifyTest, WhatIsKeptDoesNotOutliveTheCertificate) {
  const auto table = Table();
  const absl::Time now = absl::Now();
  const std::string chain =
      south_.Issue({.dns = {"gateway.south.example"}, .not_after = now + absl::Minutes(10)}).chain_pem;
  EXPECT_EQ(WhoIs(*table, chain, now), "south gateway");
  EXPECT_EQ(WhoIs(*table, chain, now + absl::Minutes(9)), "south gateway");
  EXPECT_EQ(WhoIs(*table, chain, now + absl::Minutes(10)), kRefused);
  EXPECT_EQ(WhoIs(*table, chain, now), "south gateway");
}

TEST_F(IdentifyTest, WhatIsKeptDoesNotOutliveTheRoot) {
  const auto table = Table();
  const absl::Time now = absl::Now();
  const absl::Time later = now + absl::Hours(24) * 365 * 20;
  const std::string chain = south_.Issue({.dns = {"gateway.south.example"}, .not_after = later}).chain_pem;
  EXPECT_EQ(WhoIs(*table, chain, now), "south gateway");
  EXPECT_EQ(WhoIs(*table, chain, later - absl::Hours(1)), kRefused);
}

TEST_F(IdentifyTest, IntermediateAuthorityActsForItsRootsSystemOnly) {
  const auto table = Table();
  const CertificateAuthority issuing = south_.MakeIntermediate("north");
  EXPECT_EQ(WhoIs(*table, issuing.Issue({.dns = {"gateway.south.example"}}).chain_pem), "south gateway");
  EXPECT_EQ(WhoIs(*table, issuing.Issue({.dns = {"gateway.north.example"}}).chain_pem), kRefused);
}

TEST_F(IdentifyTest, CertificateForTwoRolesIsRefused) {
  const std::string chain = south_.Issue({.dns = {"gateway.south.example", "partner.south.example"}}).chain_pem;
  EXPECT_EQ(WhoIs(*Table(), chain), kRefused);
}

TEST_F(IdentifyTest, TwoNamesOfOneRoleAreOneRole) {
  AddIdentity(*config_.mutable_systems(1), "gateway2.south.example", config::v1::ROLE_GATEWAY);
  const std::string chain = south_.Issue({.dns = {"gateway.south.example", "gateway2.south.example"}}).chain_pem;
  EXPECT_EQ(WhoIs(*Table(), chain), "south gateway");
}

TEST_F(IdentifyTest, CertificateForTwoSystemsUnderASharedRootIsRefused) {
  AddSystem("east", south_);
  const auto table = Table();
  const std::string both = south_.Issue({.dns = {"gateway.south.example", "gateway.east.example"}}).chain_pem;
  EXPECT_EQ(WhoIs(*table, both), kRefused);
  EXPECT_EQ(WhoIs(*table, south_.Issue({.dns = {"gateway.east.example"}}).chain_pem), "east gateway");
}

TEST_F(IdentifyTest, OneNameUnderTwoRootsIsToldApartByTheRoot) {
  AddIdentity(*config_.mutable_systems(0), "edge.example", config::v1::ROLE_GATEWAY);
  AddIdentity(*config_.mutable_systems(1), "edge.example", config::v1::ROLE_PARTNER_SERVER);
  const auto table = Table();
  EXPECT_EQ(WhoIs(*table, north_.Issue({.dns = {"edge.example"}}).chain_pem), "north gateway, own");
  EXPECT_EQ(WhoIs(*table, south_.Issue({.dns = {"edge.example"}}).chain_pem), "south partner_server");
}

TEST_F(IdentifyTest, EachRootOfASystemVouches) {
  const CertificateAuthority next = CertificateAuthority::Make("south, next");
  config_.mutable_systems(1)->add_root_certificate_files(Write("south-next.pem", next.cert()));
  const auto table = Table();
  EXPECT_EQ(WhoIs(*table, south_.Issue({.dns = {"gateway.south.example"}}).chain_pem), "south gateway");
  EXPECT_EQ(WhoIs(*table, next.Issue({.dns = {"gateway.south.example"}}).chain_pem), "south gateway");
  EXPECT_EQ(table->trust()->systems()[1].roots_pem, absl::StrCat(south_.cert(), "\n", next.cert(), "\n"));
}

TEST_F(IdentifyTest, RefusalsDoNotShowTheCertificate) {
  const auto table = Table();
  for (const std::string& chain : {south_.Issue({.dns = {"gateway.north.example"}}).chain_pem,
                                   south_.Issue({.dns = {"secret.example"}}).chain_pem}) {
    const auto peer = table->Identify(chain);
    ASSERT_FALSE(peer.ok());
    EXPECT_FALSE(absl::StrContains(peer.status().message(), "example"));
    EXPECT_FALSE(absl::StrContains(peer.status().message(), "BEGIN"));
  }
}

TEST_F(IdentifyTest, ManyThreadsIdentifyAtOnce) {
  const auto table = Table();
  const std::string good = south_.Issue({.dns = {"gateway.south.example"}}).chain_pem;
  const std::string bad = south_.Issue({.dns = {"gateway.north.example"}}).chain_pem;
  std::vector<std::thread> threads;
  threads.reserve(4);
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      for (int round = 0; round < 50; ++round) {
        EXPECT_EQ(WhoIs(*table, good), "south gateway");
        EXPECT_EQ(WhoIs(*table, bad), kRefused);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
}

}  // namespace
}  // namespace mcmig::identity
