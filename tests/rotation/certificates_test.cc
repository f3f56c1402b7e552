// Certificates, roots and revocation lists change while real processes of two MC systems run.
#include <signal.h>

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "gtest/gtest.h"
#include "mcmig/v1/partner_mc_service_server.grpc.pb.h"
#include "mcmig/v1/primary_mc_gateway_server.grpc.pb.h"
#include "tests/chain/start_deployment.h"
#include "tests/harness/stubs.h"
#include "tests/metrics/scrape.h"
#include "tests/rotation/handshake.h"

namespace mcmig::rotation {
namespace {

using harness::Ask;
using harness::Connect;
using harness::Credential;
using harness::Deployment;
using harness::kCarol;
using harness::LoadUser;
using harness::Pki;
using harness::Process;
using harness::RequestOf;
using metrics::Eventually;
using v1::PartnerMcServiceServer;
using v1::PrimaryMcGatewayServer;

constexpr int kUsers = 20;

// A migrating client that asks for one user after the other, until it is stopped, and again for the same migrations.
class Load {
 public:
  explicit Load(Deployment& deployment) : thread_([this, &deployment] { Run(deployment); }) {}
  ~Load() { Stop(); }
  Load(const Load&) = delete;
  Load& operator=(const Load&) = delete;

  // Asks at least a whole round more.
  void Round() const {
    const int from = asked_;
    EXPECT_TRUE(Eventually([&] { return asked_ > from + kUsers; }));
  }
  void Stop() {
    stopped_ = true;
    if (thread_.joinable()) thread_.join();
  }
  [[nodiscard]] int asked() const { return asked_; }
  // After Stop.
  [[nodiscard]] const std::vector<std::string>& failures() const { return failures_; }

 private:
  void Run(Deployment& deployment) {
    const auto channel = Connect(deployment.partner_server->Address("client"), harness::kPartnerServer,
                                 deployment.south, &deployment.north.Issue(harness::kClient));
    std::vector<v1::MigrationServiceAuthorizationRequest> requests;
    requests.reserve(kUsers);
    for (int i = 0; i < kUsers; ++i) requests.push_back(RequestOf(LoadUser(i)));
    for (int i = 0; !stopped_; i = (i + 1) % kUsers) {
      const auto answer =
          Ask<PartnerMcServiceServer>(channel, requests[static_cast<size_t>(i)], deployment.TokenOf(LoadUser(i)));
      if (!answer.success() && failures_.size() < 5)
        failures_.push_back(answer.Outcome() + " " + answer.status.error_message());
      ++asked_;
    }
  }

  std::atomic<bool> stopped_ = false;
  std::atomic<int> asked_ = 0;
  std::vector<std::string> failures_;
  std::thread thread_;
};

double Metric(const Process& process, const std::string& name, const std::string& files) {
  return metrics::Scrape(process).Sum(absl::StrCat("mcmig_reload_", name), {{"files", files}}).value_or(-1);
}

class CertificatesTest : public testing::Test {
 protected:
  CertificatesTest()
      : directory_(
            absl::StrCat(testing::TempDir(), "/", testing::UnitTest::GetInstance()->current_test_info()->name())),
        deployment_(chain::StartDeployment(testing::UnitTest::GetInstance()->current_test_info()->name(),
                                           {.load_users = kUsers})) {}

  // A process, where it listens, as whom, and who may connect there.
  struct Place {
    const Process& process;
    std::string address;
    Pki& pki;
    std::string name;
    const Credential& caller;
  };
  std::vector<Place> Places() {
    Deployment& d = *deployment_;
    return {{*d.primary_server_a, d.primary_server_a->Address("inside"), d.north, harness::kPrimaryServerA,
             d.north.Issue(harness::kNorthOperator)},
            {*d.primary_server_b, d.primary_server_b->Address("operators"), d.north, harness::kPrimaryServerB,
             d.north.Issue(harness::kNorthOperator)},
            {*d.north_gateway, d.north_gateway->Address("outside"), d.north, harness::kNorthGateway,
             d.south.Issue(harness::kSouthOperator)},
            {*d.south_gateway, d.south_gateway->Address("inside"), d.south, harness::kSouthGateway,
             d.south.Issue(harness::kSouthOperator)},
            {*d.partner_server, d.partner_server->Address("client"), d.south, harness::kPartnerServer,
             d.north.Issue(harness::kNorthOperator)},
            {*d.client_agent, d.client_agent->Address("client"), d.north, harness::kClient,
             d.north.Issue(harness::kApplication)}};
  }
  // Changes the system table that the processes of `system` have.
  void EditTable(const std::string& system,
                 const std::vector<std::pair<std::string, std::string>>& replacements) const {
    const std::string file = absl::StrCat(directory_, "/", system, "-systems.yaml");
    harness::WriteFile(file, absl::StrReplaceAll(harness::ReadFile(file), replacements));
  }
  // Both MC systems' tables name the revocation lists of both.
  void NameRevocationLists() const {
    for (const char* table : {"north", "south"}) {
      EditTable(table, {{"[north-ca.pem]", "[north-ca.pem]\n    crl_files: [north-crl.pem]"},
                        {"[south-ca.pem]", "[south-ca.pem]\n    crl_files: [south-crl.pem]"}});
    }
  }
  [[nodiscard]] static bool Took(const Process& process, const std::string& files, int changes = 1) {
    return Eventually([&] { return Metric(process, "changes_total", files) == changes; });
  }
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

  const std::string directory_;
  const std::unique_ptr<Deployment> deployment_;
};

TEST_F(CertificatesTest, EveryCertificateIsRenewedAndTheOldOnesRevokedWithoutAFailedCall) {
  Load load(*deployment_);
  load.Round();
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
  load.Round();
  // Whoever still showed an old one, to a server or to a client, would be refused now.
  deployment_->north.Revoke(old_north);
  deployment_->south.Revoke(old_south);
  NameRevocationLists();
  for (const Place& place : Places()) EXPECT_TRUE(Took(place.process, "system_table")) << place.name;
  load.Round();
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
