// `mcmig load` against real processes: what it counts is what happened.
#include <string>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "gtest/gtest.h"
#include "nlohmann/json.hpp"
#include "tests/chain/start_deployment.h"
#include "tests/harness/deployment.h"
#include "tests/harness/stubs.h"

namespace mcmig::chain {
namespace {

using harness::CommandResult;
using harness::User;
using nlohmann::json;

constexpr int kUsers = 10;

class LoadTest : public testing::Test {
 protected:
  static void SetUpTestSuite() { deployment_ = StartDeployment("load", {.load_users = kUsers}).release(); }
  static void TearDownTestSuite() { delete deployment_; }

  static std::string Line(const User& user, const std::string& token) {
    return absl::StrFormat(R"({"primary_mc_service_id":"%s","partner_mc_service_id":"%s","service":"MCPTT",)"
                           R"("profile_index":1,"access_token":"%s"})"
                           "\n",
                           user.PrimaryId(), user.PartnerId(), token);
  }
  // A file with these lines.
  static std::string File(const std::string& lines) {
    std::string name = absl::StrCat(testing::TempDir(), "/users.jsonl");
    harness::WriteFile(name, lines);
    return name;
  }
  static std::string LoadUsers() {
    std::string lines;
    for (int i = 0; i < kUsers; ++i) {
      lines += Line(harness::LoadUser(i), deployment_->TokenOf(harness::LoadUser(i)));
    }
    return lines;
  }

  static CommandResult AtPartnerServer(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), "load");
    return deployment_->Run(std::move(arguments), deployment_->partner_server->Address("client"),
                            harness::kPartnerServer, deployment_->north.Issue(harness::kClient), deployment_->south);
  }

  static harness::Deployment* deployment_;
};

harness::Deployment* LoadTest::deployment_ = nullptr;

TEST_F(LoadTest, EveryUserIsMigratedAndCounted) {
  const CommandResult result =
      AtPartnerServer({"--users", File(LoadUsers()), "--requests", "40", "--in-flight", "4", "--json"});
  EXPECT_EQ(result.exit_code, 0) << result.err;
  const json counted = json::parse(result.out);
  EXPECT_EQ(counted["requests"], 40);
  EXPECT_EQ(counted["succeeded"], 40);
  EXPECT_TRUE(counted["failed"].empty());
  EXPECT_GT(counted["latency_ms"]["p50"], 0);
  EXPECT_LE(counted["latency_ms"]["p50"], counted["latency_ms"]["max"]);

  const auto channel = harness::Connect(deployment_->primary_server_a->Address("operators"), harness::kPrimaryServerA,
                                        deployment_->north, &deployment_->north.Issue(harness::kNorthOperator));
  const auto records = harness::RecordsOf(channel);
  for (int i = 0; i < kUsers; ++i) {
    const auto record = records.find(harness::LoadUser(i).PrimaryId());
    ASSERT_NE(record, records.end());
    // 40 requests for 10 users: each was migrated four times.
    EXPECT_EQ(record->second.epoch().counter(), 4U);
  }
}

TEST_F(LoadTest, RefusalsAreCountedByCauseAndAreNoSuccess) {
  const std::string lines = absl::StrCat(Line(harness::kAlice, deployment_->TokenOf(harness::kAlice)),
                                         Line(harness::kDave, deployment_->TokenOf(harness::kDave)),
                                         Line(harness::kFrank, deployment_->TokenOf(harness::kGrace)));
  const CommandResult result =
      AtPartnerServer({"--users", File(lines), "--requests", "9", "--in-flight", "2", "--json"});
  EXPECT_EQ(result.exit_code, 1);
  const json counted = json::parse(result.out);
  EXPECT_EQ(counted["requests"], 9);
  EXPECT_EQ(counted["succeeded"], 3);
  EXPECT_EQ(counted["failed"], (json{{"ACCESS_TOKEN_OF_ANOTHER_USER", 3}, {"VISITOR_NOT_EXPECTED", 3}}));
}

TEST_F(LoadTest, OpenLoopSendsEveryArrival) {
  const CommandResult result = AtPartnerServer(
      {"--users", File(LoadUsers()), "--rate", "200", "--requests", "40", "--in-flight", "40", "--json"});
  EXPECT_EQ(result.exit_code, 0) << result.err;
  const json counted = json::parse(result.out);
  EXPECT_EQ(counted["succeeded"], 40);
  EXPECT_EQ(counted["unsent"], 0);
}

TEST_F(LoadTest, UsersOfAClientAgentAreMigratedThroughIt) {
  const CommandResult result =
      deployment_->Run({"load", "--agent-config", absl::StrCat(testing::TempDir(), "/load/client-agent.yaml"),
                        "--requests", "14", "--in-flight", "2", "--json"},
                       deployment_->client_agent->Address("client"), harness::kClient,
                       deployment_->north.Issue(harness::kApplication), deployment_->north);
  EXPECT_EQ(result.exit_code, 1);
  // Twice each of the seven: alice and frank may, dave and erin are not expected, bob, carol and grace may not.
  const json counted = json::parse(result.out);
  EXPECT_EQ(counted["succeeded"], 4);
  EXPECT_EQ(counted["failed"], (json{{"NOT_AUTHORIZED_BY_PRIMARY", 6}, {"VISITOR_NOT_EXPECTED", 4}}));
}

TEST_F(LoadTest, TextNamesFailuresAndPercentiles) {
  const CommandResult result =
      AtPartnerServer({"--users", File(Line(harness::kDave, deployment_->TokenOf(harness::kDave))), "--requests", "3"});
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_TRUE(absl::StrContains(result.out, "failed     3\n           3 VISITOR_NOT_EXPECTED\n")) << result.out;
  EXPECT_TRUE(absl::StrContains(result.out, "p99.9")) << result.out;
}

TEST_F(LoadTest, LineThatIsWrongIsNamedWithoutTheTokenAndNothingIsSent) {
  const std::string lines = absl::StrCat(Line(harness::kAlice, "no token"), LoadUsers());
  const CommandResult result = AtPartnerServer({"--users", File(lines), "--requests", "5"});
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_TRUE(absl::StrContains(result.err, "users.jsonl:1: access_token: missing, or no token")) << result.err;
  EXPECT_FALSE(absl::StrContains(result.err, "no token\"")) << result.err;
  EXPECT_EQ(result.out, "");
}

TEST_F(LoadTest, ServerThatIsAwayIsCountedAndEndsInTime) {
  const CommandResult result = deployment_->Run(
      {"load", "--users", File(LoadUsers()), "--requests", "5", "--in-flight", "1", "--json"}, "127.0.0.1:1",
      harness::kPartnerServer, deployment_->north.Issue(harness::kClient), deployment_->south);
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_EQ(json::parse(result.out)["failed"], (json{{"UNAVAILABLE", 5}}));
}

}  // namespace
}  // namespace mcmig::chain
