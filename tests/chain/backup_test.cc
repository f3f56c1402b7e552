// Backups and verification of real servers: taken under load, restored, and never a step back.
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "gtest/gtest.h"
#include "nlohmann/json.hpp"
#include "tests/chain/start_deployment.h"
#include "tests/harness/deployment.h"
#include "tests/harness/layout.h"
#include "tests/harness/process.h"

namespace mcmig::chain {
namespace {

using harness::CommandResult;
using nlohmann::json;

constexpr int kUsers = 40;

class BackupTest : public ::testing::Test {
 protected:
  std::string LoadUsers() const {
    std::string lines;
    for (int i = 0; i < kUsers; ++i) {
      const harness::User user = harness::LoadUser(i);
      lines += absl::StrFormat(R"({"primary_mc_service_id":"%s","partner_mc_service_id":"%s","service":"MCPTT",)"
                               R"("profile_index":1,"access_token":"%s"})"
                               "\n",
                               user.PrimaryId(), user.PartnerId(), deployment_->TokenOf(user));
    }
    std::string name = absl::StrCat(directory_, "/users.jsonl");
    harness::WriteFile(name, lines);
    return name;
  }
  CommandResult Load(int requests) const {
    return deployment_->Run({"load", "--users", LoadUsers(), "--requests", absl::StrCat(requests), "--in-flight", "4"},
                            deployment_->partner_server->Address("client"), harness::kPartnerServer,
                            deployment_->north.Issue(harness::kClient), deployment_->south);
  }
  CommandResult BackUp(const std::string& file) const {
    return deployment_->Run({"backup", "--out", file, "--key-file", key_file_, "--json"},
                            deployment_->primary_server_a->Address("operators"), harness::kPrimaryServerA,
                            deployment_->north.Issue(harness::kNorthSecurity), deployment_->north);
  }
  CommandResult Restore(const std::string& file) const {
    return harness::RunCommand(
        {Binary(), "restore", "--in", file, "--key-file", key_file_, "--store", store_, "--json"});
  }
  static std::string Binary() { return "services/mcmig/mcmig"; }
  uint64_t IncarnationOf(const harness::User& user) const {
    const CommandResult got =
        deployment_->AtPrimary({"migrations", "get", "--id", user.PrimaryId(), "--service", "MCPTT", "--json"});
    EXPECT_EQ(got.exit_code, 0) << got.err;
    return std::stoull(json::parse(got.out)["epoch"]["incarnation"].get<std::string>());
  }

  const std::unique_ptr<harness::Deployment> deployment_ = StartDeployment("backup", {.load_users = kUsers});
  const std::string directory_ = absl::StrCat(::testing::TempDir(), "/backup");
  const std::string store_ = absl::StrCat(directory_, "/primary-a-store");
  const std::string key_file_ = [this] {
    std::string name = absl::StrCat(directory_, "/backup.key");
    harness::WriteFile(name, std::string(32, 'k'));
    return name;
  }();
};

TEST_F(BackupTest, TakenUnderLoadRestoredAndGoesOnInALaterIncarnation) {
  ASSERT_EQ(Load(kUsers).exit_code, 0);
  CommandResult load;
  std::thread loading([&] { load = Load(400); });
  const std::string backup = absl::StrCat(directory_, "/a.backup");
  const CommandResult backed_up = BackUp(backup);
  loading.join();
  ASSERT_EQ(backed_up.exit_code, 0) << backed_up.err;
  EXPECT_EQ(load.exit_code, 0) << load.out << load.err;
  EXPECT_GT(json::parse(backed_up.out)["rows"], kUsers);
  EXPECT_FALSE(absl::StrContains(harness::ReadFile(backup), "load.north.example"));
  EXPECT_EQ(BackUp(backup).exit_code, 1);
  const CommandResult before = deployment_->VerifyBoth();
  EXPECT_EQ(before.exit_code, 0) << before.out << before.err;

  // The store is restored; a copy of its files, made before, is fenced.
  EXPECT_EQ(Restore(backup).exit_code, 1);
  deployment_->primary_server_a->Kill();
  const std::string copy = store_ + "-copy";
  std::filesystem::copy(store_, copy, std::filesystem::copy_options::recursive);
  std::filesystem::remove_all(store_);
  EXPECT_FALSE(deployment_->KillAndRestartPrimaryServer().ok());
  const CommandResult restored = Restore(backup);
  ASSERT_EQ(restored.exit_code, 0) << restored.err;
  EXPECT_EQ(json::parse(restored.out)["incarnation"], 2);
  std::filesystem::rename(store_, store_ + "-restored");
  std::filesystem::copy(copy, store_, std::filesystem::copy_options::recursive);
  const absl::Status refused = deployment_->KillAndRestartPrimaryServer();
  EXPECT_TRUE(absl::StrContains(refused.message(), "is an old copy")) << refused;
  std::filesystem::remove_all(store_);
  std::filesystem::rename(store_ + "-restored", store_);
  const absl::Status started = deployment_->KillAndRestartPrimaryServer();
  ASSERT_TRUE(started.ok()) << started;

  const harness::User user = harness::LoadUser(0);
  EXPECT_EQ(IncarnationOf(user), 1U);
  const CommandResult revoked =
      deployment_->AtPrimary({"migrations", "revoke", "--id", user.PrimaryId(), "--service", "MCPTT"});
  EXPECT_EQ(revoked.exit_code, 0) << revoked.err;
  EXPECT_EQ(IncarnationOf(user), 2U);

  // Whom south serves and north does not know any more is served no more, and then users may migrate again.
  const CommandResult compared = deployment_->AtPrimary({"reconcile", "--system", "south", "--json"});
  ASSERT_EQ(compared.exit_code, 0) << compared.err;
  EXPECT_EQ(json::parse(compared.out)["unreconciled_systems"], json::array()) << compared.out;
  EXPECT_EQ(deployment_->AtPrimary({"reconcile", "--system", "nowhere"}).exit_code, 1);
  EXPECT_EQ(Load(kUsers).exit_code, 0);
}

TEST_F(BackupTest, WhatIsWrongBetweenTwoSystemsIsFound) {
  ASSERT_EQ(deployment_->Migrate(harness::kAlice, 1).exit_code, 0);
  EXPECT_EQ(deployment_->VerifyBoth().exit_code, 0);
  // A primary that has lost its register.
  deployment_->primary_server_a->Kill();
  std::filesystem::remove_all(store_);
  EXPECT_EQ(harness::RunCommand({Binary(), "restore", "--empty", "primary-server", "--store", store_}).exit_code, 0);
  const absl::Status started = deployment_->KillAndRestartPrimaryServer();
  ASSERT_TRUE(started.ok()) << started;
  const CommandResult found = deployment_->VerifyBoth();
  EXPECT_EQ(found.exit_code, 1) << found.err;
  EXPECT_TRUE(absl::StrContains(found.out, "cross.visitor_without_record")) << found.out;
}

TEST_F(BackupTest, OnlyTheRoleSecurityTakesBackups) {
  const CommandResult refused =
      deployment_->AtPrimary({"backup", "--out", absl::StrCat(directory_, "/b.backup"), "--key-file", key_file_});
  EXPECT_EQ(refused.exit_code, 1);
  EXPECT_TRUE(absl::StrContains(refused.err, "PERMISSION_DENIED")) << refused.err;
  EXPECT_FALSE(std::filesystem::exists(absl::StrCat(directory_, "/b.backup")));
}

}  // namespace
}  // namespace mcmig::chain
