// Keys, identities and locations are in the memory of every process; none of it may reach a disk.
#include <string>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/chain/start_deployment.h"
#include "tests/harness/process.h"

namespace mcmig::chain {
namespace {

TEST(CoreDumpTest, NoProcessMayDumpCore) {
  const auto deployment = StartDeployment("core-dump");
  for (const auto* process : {deployment->client_agent.get(), deployment->partner_server.get(),
                              deployment->south_gateway.get(), deployment->primary_server_a.get()}) {
    const std::string limits = harness::ReadFile(absl::StrCat("/proc/", process->pid(), "/limits"));
    EXPECT_THAT(limits, testing::ContainsRegex("Max core file size +0 +0 "));
  }
}

}  // namespace
}  // namespace mcmig::chain
