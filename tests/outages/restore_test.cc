// An old backup of the primary's register, restored under a load of migrations: what came after the backup is lost
// there, and both MC systems come to agree all the same.
#include <algorithm>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "gtest/gtest.h"
#include "mcmig/v1/partner_mc_service_server.grpc.pb.h"
#include "tests/chain/start_deployment.h"
#include "tests/harness/stubs.h"
#include "tests/outages/load.h"
#include "tests/outages/registers.h"

namespace mcmig::outages {
namespace {

using harness::CommandResult;

constexpr int kUsers = 240;  // of the load
constexpr int kRevoked = 5;  // further ones

TEST(RestoreTest, OldBackupRestoredUnderLoadAgreesWithThePartnerInTheEnd) {
  const std::unique_ptr<harness::Deployment> deployment = chain::StartDeployment(
      "restore",
      {.load_users = kUsers + 2 * kRevoked, .partner_server_config = "reconcile_interval: 1s\norphan_grace: 1s\n"});
  const std::string directory = absl::StrCat(testing::TempDir(), "/restore");
  const std::string store = absl::StrCat(directory, "/primary-a-store");
  const std::string backup = absl::StrCat(directory, "/a.backup");
  const std::string key = absl::StrCat(directory, "/backup.key");
  harness::WriteFile(key, std::string(32, 'k'));
  const auto migrate_others = [&](int first) {
    const auto client = harness::Connect(deployment->partner_server->Address("client"), harness::kPartnerServer,
                                         deployment->south, &deployment->north.Issue(harness::kClient));
    for (int i = first; i < first + kRevoked; ++i) {
      const harness::User user = harness::LoadUser(i);
      EXPECT_EQ(harness::Ask<v1::PartnerMcServiceServer>(client, harness::RequestOf(user), deployment->TokenOf(user))
                    .Outcome(),
                "SUCCESS");
    }
  };

  // Some migrate before the backup and are taken back after it, some migrate after it.
  Load load(*deployment, {.users = kUsers});
  ASSERT_TRUE(load.AwaitMigrations(200));
  migrate_others(kUsers);
  const CommandResult backed_up = deployment->Run(
      {"backup", "--out", backup, "--key-file", key}, deployment->primary_server_a->Address("operators"),
      harness::kPrimaryServerA, deployment->north.Issue(harness::kNorthSecurity), deployment->north);
  ASSERT_EQ(backed_up.exit_code, 0) << backed_up.err;
  for (int i = kUsers; i < kUsers + kRevoked; ++i) {
    const CommandResult revoked =
        deployment->AtPrimary({"migrations", "revoke", "--id", harness::LoadUser(i).PrimaryId(), "--service", "MCPTT"});
    EXPECT_EQ(revoked.exit_code, 0) << revoked.err;
  }
  migrate_others(kUsers + kRevoked);
  ASSERT_TRUE(load.AwaitMigrations(load.migrations() + 200));

  deployment->primary_server_a->Kill();
  std::filesystem::remove_all(store);
  const CommandResult restored =
      harness::RunCommand({"services/mcmig/mcmig", "restore", "--in", backup, "--key-file", key, "--store", store});
  ASSERT_EQ(restored.exit_code, 0) << restored.err;
  const absl::Status started = deployment->KillAndRestartPrimaryServer();
  ASSERT_TRUE(started.ok()) << started;
  ASSERT_TRUE(load.AwaitMigrations(load.migrations() + 200));
  std::vector<KnownUser> users = load.Stop();

  for (const auto& [how, count] : load.failures()) {
    // Also of an epoch that the restored register does not know.
    EXPECT_TRUE(how == "UNAVAILABLE" || how == "END_RESULT_STALE") << count << " " << how;
  }
  EXPECT_TRUE(AwaitAgreement(*deployment));
  const CommandResult verified = deployment->VerifyBoth();
  EXPECT_EQ(verified.exit_code, 0) << verified.out << verified.err;
  // What was acknowledged since is there.
  const auto before = [](const protocol::Epoch& epoch) { return epoch.incarnation < 2; };
  size_t since = 0;
  for (KnownUser& known : users) {
    known.certain = false;
    std::erase_if(known.migrations, before);
    std::erase_if(known.ends, before);
    since += known.migrations.size();
  }
  EXPECT_GT(since, 0U);
  EXPECT_EQ(absl::StrJoin(Violations(*deployment, users), "\n"), "");
}

}  // namespace
}  // namespace mcmig::outages
