// Where users are served, as call control asks it of real servers of both MC systems.
#include <future>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "gtest/gtest.h"
#include "mcmig/v1/migration_directory.grpc.pb.h"
#include "nlohmann/json.hpp"
#include "tests/chain/start_deployment.h"
#include "tests/harness/stubs.h"

namespace mcmig::chain {
namespace {

using harness::CommandResult;
using harness::Credential;
using nlohmann::json;

class DirectoryTest : public testing::TestWithParam<harness::Shape> {
 protected:
  DirectoryTest() { deployment_ = StartDeployment("directory", {.shape = GetParam()}); }

  CommandResult AtPrimary(std::vector<std::string> arguments, const Credential& credential) {
    arguments.insert(arguments.begin(), "directory");
    return deployment_->Run(std::move(arguments), deployment_->primary_server_a->Address("inside"),
                            harness::kPrimaryServerA, credential, deployment_->north);
  }
  CommandResult AtPrimary(std::vector<std::string> arguments) {
    return AtPrimary(std::move(arguments), deployment_->north.Issue(harness::kNorthCallControl));
  }
  CommandResult AtPartner(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), "directory");
    return deployment_->Run(std::move(arguments), deployment_->partner_server->Address("inside"),
                            harness::kPartnerServer, deployment_->south.Issue(harness::kSouthCallControl),
                            deployment_->south);
  }
  static std::vector<std::string> Lookup(const std::vector<harness::User>& users) {
    std::vector<std::string> arguments = {"lookup", "--service", "MCPTT", "--json"};
    for (const harness::User& user : users) arguments.insert(arguments.end(), {"--id", user.PrimaryId()});
    return arguments;
  }
  // One object for each line.
  static std::vector<json> Lines(const CommandResult& result) {
    EXPECT_EQ(result.exit_code, 0) << result.err;
    std::vector<json> lines;
    size_t from = 0;
    for (size_t end = result.out.find('\n'); end != std::string::npos; end = result.out.find('\n', from)) {
      lines.push_back(json::parse(result.out.substr(from, end - from)));
      from = end + 1;
    }
    return lines;
  }

  std::unique_ptr<harness::Deployment> deployment_;
};

TEST_P(DirectoryTest, BothSystemsSayWhereAMigratedUserIsServed) {
  ASSERT_EQ(deployment_->Migrate(harness::kAlice, 1).exit_code, 0);
  const std::vector<json> primary = Lines(AtPrimary(Lookup({harness::kAlice, harness::kBob, harness::User{"nobody"}})));
  ASSERT_EQ(primary.size(), 3U);
  EXPECT_EQ(primary[0]["state"], "SERVING_STATE_MIGRATED");
  EXPECT_EQ(primary[0]["partner_system"], "south");
  EXPECT_EQ(primary[0]["partner_mc_service_id"], harness::kAlice.PartnerId());
  EXPECT_EQ(primary[0]["mc_service_user_profile_index"], 1);
  EXPECT_EQ(primary[0]["epoch"]["counter"], "1");
  EXPECT_EQ(primary[1]["state"], "SERVING_STATE_AT_PRIMARY");
  EXPECT_EQ(primary[2]["state"], "SERVING_STATE_AT_PRIMARY");

  const std::vector<json> partner = Lines(AtPartner(Lookup({harness::kBob, harness::kAlice})));
  ASSERT_EQ(partner.size(), 2U);
  EXPECT_EQ(partner[0]["state"], "SERVING_STATE_NO_VISITOR");
  EXPECT_EQ(partner[1]["state"], "SERVING_STATE_VISITOR");
  EXPECT_EQ(partner[1]["primary_system"], "north");
  EXPECT_EQ(partner[1]["epoch"]["counter"], "1");
}

TEST_P(DirectoryTest, OnlyItsReadersMayAsk) {
  for (const char* name : {harness::kNorthOperator, harness::kNorthSecurity, harness::kNorthGateway,
                           harness::kPrimaryServerB, harness::kClient}) {
    const CommandResult refused = AtPrimary(Lookup({harness::kAlice}), deployment_->north.Issue(name));
    EXPECT_EQ(refused.exit_code, 1) << name;
    EXPECT_EQ(refused.err.rfind("PERMISSION_DENIED", 0), 0U) << name << refused.err;
  }
}

TEST_P(DirectoryTest, AWatchGoesOnAcrossAKilledServerWithoutGapsAndRepetitions) {
  // From here on.
  const auto channel = harness::Connect(deployment_->primary_server_a->Address("inside"), harness::kPrimaryServerA,
                                        deployment_->north, &deployment_->north.Issue(harness::kNorthCallControl));
  v1::WatchMigrationsResponse begin;
  {
    grpc::ClientContext context;
    const auto reader = v1::MigrationDirectory::NewStub(channel)->WatchMigrations(&context, {});
    ASSERT_TRUE(reader->Read(&begin));
    context.TryCancel();
  }
  const std::vector<std::string> watch = {"watch", "--json", "--token", begin.resume_token(), "--changes", "4"};
  std::future<CommandResult> running = std::async(std::launch::async, [&] { return AtPrimary(watch); });

  const std::vector<std::string> revoke = {"migrations", "revoke", "--service",
                                           "MCPTT",      "--id",   harness::kAlice.PrimaryId()};
  ASSERT_EQ(deployment_->Migrate(harness::kAlice, 1).exit_code, 0);
  ASSERT_EQ(deployment_->AtPrimary(revoke).exit_code, 0);
  ASSERT_TRUE(deployment_->KillAndRestartPrimaryServer().ok());
  // The way there is found again.
  while (deployment_->Migrate(harness::kAlice, 1).exit_code != 0) {
  }
  ASSERT_EQ(deployment_->AtPrimary(revoke).exit_code, 0);

  // What ran meanwhile, and one that begins now.
  for (const CommandResult& result : {running.get(), AtPrimary(watch)}) {
    std::vector<std::string> counters;
    std::string last_token;
    for (const json& line : Lines(result)) {
      if (line.contains("resume_token")) {
        last_token = line["resume_token"];
        continue;
      }
      EXPECT_EQ(line["primary_mc_service_id"], harness::kAlice.PrimaryId());
      counters.push_back(line["change"]["epoch"]["counter"]);
    }
    EXPECT_EQ(counters, (std::vector<std::string>{"1", "2", "3", "4"}));
    EXPECT_NE(last_token, begin.resume_token());
  }
}

TEST_P(DirectoryTest, APartnerServerSaysThatItHasNothingToWatch) {
  const CommandResult refused = AtPartner({"watch"});
  EXPECT_EQ(refused.exit_code, 1);
  EXPECT_EQ(refused.err.rfind("UNIMPLEMENTED: a partner MC service server keeps no journal", 0), 0U) << refused.err;
}

INSTANTIATE_TEST_SUITE_P(Shapes, DirectoryTest, testing::Values(harness::kBothGateways, harness::kDirect));

}  // namespace
}  // namespace mcmig::chain
