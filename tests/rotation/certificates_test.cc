// Certificates, roots and revocation lists change while real processes of two MC systems run.
#include <signal.h>

#include <memory>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "gtest/gtest.h"
#include "mcmig/v1/partner_mc_service_server.grpc.pb.h"
#include "mcmig/v1/primary_mc_gateway_server.grpc.pb.h"
#include "tests/harness/stubs.h"
#include "tests/metrics/scrape.h"
#include "tests/rotation/handshake.h"
#include "tests/rotation/load.h"
#include "tests/rotation/rotation_test_fixture.h"

namespace mcmig::rotation {
namespace {

using harness::Ask;
using harness::Connect;
using harness::Credential;
using harness::kCarol;
using harness::LoadUser;
using harness::Process;
using harness::RequestOf;
using metrics::Eventually;
using v1::PartnerMcServiceServer;
using v1::PrimaryMcGatewayServer;

constexpr int kUsers = 20;

class CertificatesTest : public RotationTest {
 protected:
  CertificatesTest() : RotationTest({.load_users = kUsers}) {}

  // South's gateway asks north's, as it is written in the files now.
  std::shared_ptr<grpc::Channel> AsSouthGateway() {
    return Connect(deployment_->north_gateway->Address("outside"), harness::kNorthGateway, deployment_->north,
                   &deployment_->south.Issue(harness::kSouthGateway));
  }
  std::string MigrateOf(const harness::User& user) {
    const auto channel = Connect(deployment_->partner_server->Address("client"), harness::kPartnerServer,
                                 deployment_->south, &deployment_->north.Issue(harness::kClient));
    return Ask<PartnerMcServiceServer>(channel, RequestOf(user), deployment_->TokenOf(user)).Outcome();
  }
};

TEST_F(CertificatesTest, EveryCertificateIsRenewedAndTheOldOnesRevokedWithoutAFailedCall) {
  std::vector<v1::MigrationServiceAuthorizationRequest> requests;
  requests.reserve(kUsers);
  for (int i = 0; i < kUsers; ++i) requests.push_back(RequestOf(LoadUser(i)));
  // The same migrations again and again.
  Load load(*deployment_, /*clients=*/1, kUsers, [&](const auto& channel, int user) {
    return Ask<PartnerMcServiceServer>(channel, requests.at(static_cast<size_t>(user)),
                                       deployment_->TokenOf(LoadUser(user)));
  });
  load.Await(kUsers);
  std::vector<std::string> old_north;
  std::vector<std::string> old_south;
  for (const Place& place : Places()) {
    // The load goes on as the client that it was.
    if (place.name != harness::kClient) {
      (&place.pki == &deployment_->north ? old_north : old_south).push_back(place.pki.Issue(place.name).chain_pem);
    }
    const std::string renewed = place.pki.Renew(place.name).chain_pem;
    EXPECT_TRUE(Eventually([&] { return ShownCertificate(place.address, place.caller) == renewed; })) << place.name;
    EXPECT_EQ(Metric(place.process, "changes_total", "certificate"), 1) << place.name;
  }
  load.Await(kUsers);
  // Whoever still showed an old one, to a server or to a client, would be refused now.
  deployment_->north.Revoke(old_north);
  deployment_->south.Revoke(old_south);
  NameRevocationLists();
  for (const Place& place : Places()) EXPECT_TRUE(Took(place.process, "system_table")) << place.name;
  load.Await(kUsers);
  load.Stop();
  EXPECT_EQ(load.failures(), std::vector<std::string>()) << load.asked();
  for (const Place& place : Places()) {
    EXPECT_EQ(Metric(place.process, "failures_total", "certificate"), 0);
    EXPECT_EQ(Metric(place.process, "failures_total", "system_table"), 0);
  }
}

TEST_F(CertificatesTest, RevokedPeerIsRefusedFromTheNextCallOn) {
  const auto connected = AsSouthGateway();
  ASSERT_EQ(Ask<PrimaryMcGatewayServer>(connected, RequestOf(kCarol)).Outcome(), "FAILURE NOT_AUTHORIZED_BY_PRIMARY");
  deployment_->north.Revoke({});
  deployment_->south.Revoke({deployment_->south.Issue(harness::kSouthGateway).chain_pem});
  NameRevocationLists();
  ASSERT_TRUE(Took(*deployment_->north_gateway, "system_table"));
  EXPECT_EQ(Ask<PrimaryMcGatewayServer>(connected, RequestOf(kCarol)).Outcome(), "UNAUTHENTICATED");
  EXPECT_EQ(Ask<PrimaryMcGatewayServer>(AsSouthGateway(), RequestOf(kCarol)).Outcome(), "UNAVAILABLE");
  deployment_->south.Renew(harness::kSouthGateway);
  EXPECT_EQ(Ask<PrimaryMcGatewayServer>(AsSouthGateway(), RequestOf(kCarol)).Outcome(),
            "FAILURE NOT_AUTHORIZED_BY_PRIMARY");
}

TEST_F(CertificatesTest, RevokedServerIsCalledNoMore) {
  ASSERT_EQ(MigrateOf(LoadUser(1)), "SUCCESS");
  deployment_->south.Revoke({});
  deployment_->north.Revoke({deployment_->north.Issue(harness::kNorthGateway).chain_pem});
  NameRevocationLists();
  ASSERT_TRUE(Took(*deployment_->south_gateway, "system_table"));
  EXPECT_EQ(MigrateOf(LoadUser(2)), "UNAVAILABLE");
  deployment_->north.Renew(harness::kNorthGateway);
  EXPECT_TRUE(Eventually([&] { return MigrateOf(LoadUser(3)) == "SUCCESS"; }));
}

TEST_F(CertificatesTest, RemovedNameIsRefusedFromTheNextCallOn) {
  const auto connected = Connect(deployment_->north_gateway->Address("outside"), harness::kNorthGateway,
                                 deployment_->north, &deployment_->south.Issue(harness::kPartnerServer));
  ASSERT_EQ(Ask<PrimaryMcGatewayServer>(connected, RequestOf(kCarol)).Outcome(), "FAILURE NOT_AUTHORIZED_BY_PRIMARY");
  EditTable("north", {{"      - {san: partner-server.south.example, role: ROLE_PARTNER_SERVER}\n", ""}});
  ASSERT_TRUE(Took(*deployment_->north_gateway, "system_table"));
  EXPECT_EQ(Ask<PrimaryMcGatewayServer>(connected, RequestOf(kCarol)).Outcome(), "UNAUTHENTICATED");
  EXPECT_EQ(Ask<PrimaryMcGatewayServer>(AsSouthGateway(), RequestOf(kCarol)).Outcome(),
            "FAILURE NOT_AUTHORIZED_BY_PRIMARY");
}

TEST_F(CertificatesTest, WhatCannotBeUsedLeavesTheOldInUseAndIsReported) {
  const Process& gateway = *deployment_->north_gateway;
  const Credential old = deployment_->north.Issue(harness::kNorthGateway);
  const auto shows_old = [&] {
    return ShownCertificate(gateway.Address("outside"), deployment_->south.Issue(harness::kSouthGateway)) ==
           old.chain_pem;
  };
  harness::WriteFile(old.chain_file, "no certificate");
  ASSERT_TRUE(Eventually([&] { return Metric(gateway, "failing", "certificate") == 1; }));
  EXPECT_TRUE(shows_old());
  // The key of another certificate, as where only one of the two files was renewed.
  harness::WriteFile(old.chain_file, deployment_->north.Issue(harness::kNorthReader).chain_pem);
  ASSERT_TRUE(Eventually([&] { return Metric(gateway, "failures_total", "certificate") == 2; }));
  EXPECT_TRUE(shows_old());
  EXPECT_TRUE(absl::StrContains(gateway.Log(), "certificate.key_file: not the key of the certificate"));
  gateway.Signal(SIGHUP);
  EXPECT_TRUE(Eventually([&] { return Metric(gateway, "failures_total", "certificate") == 3; }));
  harness::WriteFile(old.chain_file, old.chain_pem);
  EXPECT_TRUE(Eventually([&] { return Metric(gateway, "failing", "certificate") == 0; }));
  EXPECT_EQ(Metric(gateway, "changes_total", "certificate"), 0);

  EditTable("north", {{"[south.example]", "[south.example, more.south.example]"}});
  ASSERT_TRUE(Eventually([&] { return Metric(gateway, "failing", "system_table") == 1; }));
  EXPECT_TRUE(absl::StrContains(gateway.Log(), "needs a restart: south: id_domains"));
  EXPECT_EQ(Ask<PrimaryMcGatewayServer>(AsSouthGateway(), RequestOf(kCarol)).Outcome(),
            "FAILURE NOT_AUTHORIZED_BY_PRIMARY");
}

}  // namespace
}  // namespace mcmig::rotation
