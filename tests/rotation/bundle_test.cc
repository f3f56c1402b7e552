// A trust bundle is exchanged and renewed while real processes of two MC systems run.
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "common/token/algorithm.h"
#include "gtest/gtest.h"
#include "mcmig/v1/partner_mc_service_server.grpc.pb.h"
#include "nlohmann/json.hpp"
#include "tests/chain/start_deployment.h"
#include "tests/devtools/signer.h"
#include "tests/harness/stubs.h"
#include "tests/metrics/scrape.h"
#include "tests/rotation/handshake.h"

namespace mcmig::rotation {
namespace {

using devtools::Signer;
using harness::CommandResult;
using harness::Credential;
using harness::Deployment;
using harness::LoadUser;
using harness::Pki;
using harness::Process;
using metrics::Eventually;

// North hands its trust to south as bundles.
class BundleTest : public testing::Test {
 protected:
  BundleTest() {
    harness::WriteFile(File("bundle.key"), *Signer::Generate(token::Algorithm::kEs256, "")->ToPem());
    harness::WriteFile(File("next-grants.key"), *next_grant_key_.ToPem());
    const CommandResult jwks = Run({"grant", "jwks", "--key", File("next-grants.key")});
    harness::WriteFile(File("next-grants.json"), jwks.out);
  }
  [[nodiscard]] std::string File(const std::string& name) const { return absl::StrCat(directory_, "/", name); }
  static CommandResult Run(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), "services/mcmig/mcmig");
    CommandResult result = harness::RunCommand(arguments);
    EXPECT_EQ(result.exit_code, 0) << result.err;
    return result;
  }
  // North's bundle, from the configuration of its primary server as it is now.
  void Export(int version, const std::vector<std::string>& more = {}) const {
    std::vector<std::string> command = {"bundle",       "export",
                                        "--config",     File("primary-server-a.yaml"),
                                        "--key",        File("bundle.key"),
                                        "--version",    absl::StrCat(version),
                                        "--entry",      deployment_->north_gateway->Address("outside"),
                                        "--entry-name", harness::kNorthGateway,
                                        "--out",        File("north.bundle")};
    command.insert(command.end(), more.begin(), more.end());
    Run(std::move(command));
  }
  void Import(const std::vector<std::string>& more) const {
    std::vector<std::string> command = {"bundle", "import", File("north.bundle"), "--into", File("trust")};
    command.insert(command.end(), more.begin(), more.end());
    Run(std::move(command));
  }
  [[nodiscard]] std::string FingerprintOfBundle() const {
    return nlohmann::json::parse(Run({"bundle", "inspect", "--json", File("north.bundle")}).out)["fingerprint"];
  }
  void EditTable(const std::string& system,
                 const std::vector<std::pair<std::string, std::string>>& replacements) const {
    const std::string file = File(absl::StrCat(system, "-systems.yaml"));
    harness::WriteFile(file, absl::StrReplaceAll(harness::ReadFile(file), replacements));
  }
  static bool Took(const Process& process, const std::string& files, int changes = 1) {
    return Eventually([&] {
      return metrics::Scrape(process).Sum("mcmig_reload_changes_total", {{"files", files}}).value_or(-1) == changes;
    });
  }
  std::string Migrate(int number) {
    const auto channel = harness::Connect(deployment_->partner_server->Address("client"), harness::kPartnerServer,
                                          deployment_->south, &deployment_->north.Issue(harness::kClient));
    return harness::Ask<v1::PartnerMcServiceServer>(channel, harness::RequestOf(LoadUser(number)),
                                                    deployment_->TokenOf(LoadUser(number)))
        .Outcome();
  }
  // South's operator writes into the system table what the first import printed, and restarts.
  void ConfigureSouth() {
    EditTable("south",
              {{"north-ca.pem", "trust/current/roots.pem"}, {"north-grants.json", "trust/current/grants.json"}});
    ASSERT_TRUE(deployment_->KillAndRestart(&Deployment::south_gateway).ok());
    ASSERT_TRUE(deployment_->KillAndRestart(&Deployment::partner_server).ok());
  }
  // North's gateway shows a certificate of another authority, which north's own processes know.
  void MoveNorthGatewayUnder(Pki& authority) {
    EditTable("north", {{"[north-ca.pem]", "[north-ca.pem, north2-ca.pem]"}});
    ASSERT_TRUE(Took(*deployment_->primary_server_a, "system_table"));
    const Credential& old = deployment_->north.Issue(harness::kNorthGateway);
    const Credential& renewed = authority.Issue(harness::kNorthGateway);
    harness::WriteFile(old.chain_file, renewed.chain_pem);
    harness::WriteFile(old.key_file, renewed.key_pem);
    const Credential& caller = deployment_->south.Issue(harness::kSouthOperator);
    ASSERT_TRUE(Eventually(
        [&] { return ShownCertificate(deployment_->north_gateway->Address("outside"), caller) == renewed.chain_pem; }));
  }

  const std::string directory_ = absl::StrCat(testing::TempDir(), "/bundle");
  const Signer next_grant_key_ = *Signer::Generate(token::Algorithm::kEs256, "");
  const std::unique_ptr<Deployment> deployment_ =
      chain::StartDeployment("bundle", {.load_users = 10, .grant_key_id = ""});
};

TEST_F(BundleTest, ProcessesTakeUpRootsAndGrantKeysOfAnImportByThemselves) {
  Export(1);
  Import({"--fingerprint", FingerprintOfBundle()});
  ConfigureSouth();
  ASSERT_EQ(Migrate(0), "SUCCESS");

  Pki next_authority("north2", directory_);
  MoveNorthGatewayUnder(next_authority);
  // Without the connection that it has.
  ASSERT_TRUE(deployment_->KillAndRestart(&Deployment::south_gateway).ok());
  EXPECT_NE(Migrate(1), "SUCCESS");
  Export(2, {"--grants-jwks", File("next-grants.json")});
  Import({});
  ASSERT_TRUE(Took(*deployment_->south_gateway, "system_table"));
  ASSERT_TRUE(Took(*deployment_->partner_server, "grant_keys"));
  EXPECT_TRUE(Eventually([&] { return Migrate(1) == "SUCCESS"; }));

  // North signs with the next key, and then publishes no other.
  const std::string old_key = harness::ReadFile(File("north-grants.key"));
  harness::WriteFile(File("north-grants.key"), *next_grant_key_.ToPem());
  ASSERT_TRUE(Took(*deployment_->primary_server_a, "grant_signing_key"));
  EXPECT_EQ(Migrate(2), "SUCCESS");
  Export(3);
  Import({"--drop-old"});
  ASSERT_TRUE(Took(*deployment_->partner_server, "grant_keys", 2));
  EXPECT_EQ(Migrate(3), "SUCCESS");
  // What the old one signs stands no more.
  harness::WriteFile(File("north-grants.key"), old_key);
  ASSERT_TRUE(Took(*deployment_->primary_server_a, "grant_signing_key", 2));
  EXPECT_EQ(Migrate(4), "UNAVAILABLE");
}

}  // namespace
}  // namespace mcmig::rotation
