// Processes killed under a load of migrations: no call that was answered is missing in the audit logs, which verify,
// and no secret is in them.
#include <iterator>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "gtest/gtest.h"
#include "nlohmann/json.hpp"
#include "tests/chain/start_deployment.h"
#include "tests/harness/deployment.h"
#include "tests/outages/load.h"

namespace mcmig::outages {
namespace {

using harness::CommandResult;
using harness::Deployment;
using nlohmann::json;

constexpr char kBinary[] = "services/mcmig/mcmig";
constexpr int kRounds = 4;

std::string DirectoryOf(const std::string& process) {
  return absl::StrCat(testing::TempDir(), "/audit-outages/", process, ".audit");
}

CommandResult Audit(const std::string& command, const std::string& process) {
  return harness::RunCommand({kBinary, "audit", command, "--directory", DirectoryOf(process)});
}

// The epochs of successes that a log holds, by primary MC service ID.
std::map<std::string, std::set<protocol::Epoch>> SuccessesIn(const std::string& exported) {
  std::map<std::string, std::set<protocol::Epoch>> successes;
  for (const absl::string_view line : absl::StrSplit(exported, '\n', absl::SkipEmpty())) {
    const json record = json::parse(line.begin(), line.end());
    if (record.value("outcome", "") != "success" || !record.contains("epoch")) continue;
    successes[record["subject"]["primary_mc_service_id"]].insert(
        {.incarnation = record["incarnation"], .counter = record["epoch"]});
  }
  return successes;
}

TEST(AuditOutagesTest, KilledProcessesMissNoAnsweredCall) {
  const std::unique_ptr<Deployment> deployment =
      chain::StartDeployment("audit-outages", {.load_users = 60, .audit = true});
  const std::pair<std::string, std::unique_ptr<harness::Process> Deployment::*> victims[] = {
      {"partner-server", &Deployment::partner_server},
      {"south-gateway", &Deployment::south_gateway},
      {"north-gateway", &Deployment::north_gateway},
      {"primary-server-a", &Deployment::primary_server_a}};
  Load load(*deployment, {.users = 60});
  for (int round = 0; round < kRounds; ++round) {
    ASSERT_TRUE(load.AwaitMigrations(load.migrations() + 30));
    const auto& [name, process] = victims[static_cast<size_t>(round) % std::size(victims)];
    SCOPED_TRACE(name);
    (*deployment.*process)->Kill();
    // As the crash left it.
    const CommandResult crashed = Audit("verify", name);
    ASSERT_EQ(crashed.exit_code, 0) << crashed.out;
    EXPECT_NE(crashed.out.find("not closed"), std::string::npos) << crashed.out;
    const absl::Status started = deployment->KillAndRestart(process);
    ASSERT_TRUE(started.ok()) << started;
  }
  ASSERT_TRUE(load.AwaitMigrations(load.migrations() + 30));
  const std::vector<KnownUser> users = load.Stop();

  for (const auto& [name, process] : victims) {
    SCOPED_TRACE(name);
    const CommandResult verified = Audit("verify", name);
    EXPECT_EQ(verified.exit_code, 0) << verified.out;
    const CommandResult exported = Audit("export", name);
    const auto recorded = SuccessesIn(exported.out);
    for (const KnownUser& user : users) {
      const auto found = recorded.find(user.user.PrimaryId());
      for (const protocol::Epoch& epoch : user.migrations) {
        EXPECT_TRUE(found != recorded.end() && found->second.contains(epoch))
            << epoch.incarnation << "." << epoch.counter;
      }
    }
    // Neither a token nor a key: of both, each begins alike.
    EXPECT_EQ(exported.out.find("eyJ"), std::string::npos);
    EXPECT_EQ(exported.out.find("Bearer"), std::string::npos);
    EXPECT_EQ(exported.out.find("-----BEGIN"), std::string::npos);
    // In the clear they are in the audit log and nowhere else.
    const std::string log = (*deployment.*process)->Log();
    EXPECT_EQ(log.find(harness::kLoadDomain), std::string::npos);
  }
}

}  // namespace
}  // namespace mcmig::outages
