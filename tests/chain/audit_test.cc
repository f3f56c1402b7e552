// What the audit logs of real processes of both MC systems say of migrations, refusals, look-ups, operators and invalid
// access attempts, and that a change of a log is found.
#include <algorithm>
#include <memory>
#include <string>
#include <tuple>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "gtest/gtest.h"
#include "mcmig/v1/partner_mc_service_server.grpc.pb.h"
#include "mcmig/v1/primary_mc_service_server.grpc.pb.h"
#include "nlohmann/json.hpp"
#include "tests/chain/start_deployment.h"
#include "tests/harness/stubs.h"
#include "tests/metrics/scrape.h"

namespace mcmig::chain {
namespace {

using harness::CommandResult;
using harness::kAlice;
using harness::kCarol;
using nlohmann::json;

constexpr char kBinary[] = "services/mcmig/mcmig";
constexpr const char* kProcesses[] = {"primary-server-a", "primary-server-b", "north-gateway",
                                      "south-gateway",    "partner-server",   "client-agent"};

std::string DirectoryOf(const std::string& process) {
  return absl::StrCat(testing::TempDir(), "/audit/", process, ".audit");
}

CommandResult Verify(const std::string& process) {
  return harness::RunCommand({kBinary, "audit", "verify", "--json", "--directory", DirectoryOf(process)});
}

std::vector<json> RecordsOf(const std::string& process) {
  const CommandResult exported = harness::RunCommand({kBinary, "audit", "export", "--directory", DirectoryOf(process)});
  EXPECT_EQ(exported.exit_code, 0) << exported.err;
  std::vector<json> records;
  for (const absl::string_view line : absl::StrSplit(exported.out, '\n', absl::SkipEmpty())) {
    records.push_back(json::parse(line.begin(), line.end()));
  }
  return records;
}

// Those with these members, among others.
std::vector<json> RecordsWith(const std::string& process, const json& members) {
  std::vector<json> found = RecordsOf(process);
  std::erase_if(found, [&](const json& record) {
    return std::any_of(members.items().begin(), members.items().end(),
                       [&](const auto& member) { return record.value(member.key(), json()) != member.value(); });
  });
  return found;
}

class AuditTest : public testing::Test {
 protected:
  AuditTest() { deployment_ = StartDeployment("audit", {.audit = true}); }

  std::unique_ptr<harness::Deployment> deployment_;
};

TEST_F(AuditTest, EveryHopRecordsAMigrationBeforeItIsAnswered) {
  ASSERT_EQ(deployment_->Migrate(kAlice, 1).exit_code, 0);
  ASSERT_EQ(deployment_->Migrate(kCarol, 1).exit_code, 2);
  const auto at_client =
      RecordsWith("client-agent", {{"rpc", "mcmig.v1.McServiceClient/Migrate"}, {"outcome", "success"}});
  ASSERT_EQ(at_client.size(), 1U);
  EXPECT_EQ(at_client[0]["peer_role"], "application");
  const std::string request = at_client[0]["request_id"];
  ASSERT_EQ(request.size(), 32U);

  const json call = {{"kind", "call"}, {"request_id", request}, {"outcome", "success"}, {"status", "OK"}};
  for (const auto& [process, role, peer] :
       {std::tuple("partner-server", "partner_server", "DNS:client.north.example"),
        std::tuple("south-gateway", "partner_gateway", "DNS:partner-server.south.example"),
        std::tuple("north-gateway", "primary_gateway", "DNS:gateway.south.example"),
        std::tuple("primary-server-a", "primary_server", "DNS:gateway.north.example")}) {
    SCOPED_TRACE(process);
    const auto records = RecordsWith(process, call);
    ASSERT_EQ(records.size(), 1U);
    EXPECT_EQ(records[0]["role"], role);
    EXPECT_EQ(records[0]["peer_certificate"], peer);
    EXPECT_EQ(records[0]["subject"]["primary_mc_service_id"], kAlice.PrimaryId());
    EXPECT_EQ(records[0]["subject"]["partner_mc_service_id"], kAlice.PartnerId());
    EXPECT_EQ(records[0]["epoch"], 1);
    EXPECT_FALSE(records[0].value("rule", "").empty());
  }
  const auto refused = RecordsWith("primary-server-a", {{"kind", "call"}, {"outcome", "refused"}});
  ASSERT_EQ(refused.size(), 1U);
  EXPECT_EQ(refused[0]["cause"], "USER_UNKNOWN");
  EXPECT_EQ(refused[0]["subject"]["primary_mc_service_id"], kCarol.PrimaryId());
  for (const char* process : kProcesses) EXPECT_EQ(Verify(process).exit_code, 0) << process;

  const CommandResult some = harness::RunCommand(
      {kBinary, "audit", "export", "--directory", DirectoryOf("client-agent"), "--from", "2", "--to", "3"});
  EXPECT_EQ(some.exit_code, 0) << some.err;
  const std::vector<std::string> lines = absl::StrSplit(some.out, '\n', absl::SkipEmpty());
  ASSERT_EQ(lines.size(), 2U);
  EXPECT_EQ(json::parse(lines[0])["seq"], 2);
  EXPECT_EQ(json::parse(lines[1])["seq"], 3);
}

TEST_F(AuditTest, OperatorsAndLookUpsAreRecorded) {
  const auto imports = RecordsWith("primary-server-a", {{"rpc", "mcmig.v1.PrimaryAdmin/ImportUserProfiles"}});
  ASSERT_EQ(imports.size(), 2U);
  EXPECT_EQ(imports[0]["kind"], "call_begins");
  EXPECT_EQ(imports[1]["kind"], "call");
  EXPECT_EQ(imports[1]["peer_certificate"], "DNS:operator.north.example");
  EXPECT_EQ(imports[1]["subject"]["profiles"]["count"], imports[1]["result"]["applied"]);
  EXPECT_EQ(imports[1]["subject"]["profiles"]["ids"][0], kAlice.PrimaryId());

  ASSERT_EQ(
      deployment_->AtPrimary({"migrations", "revoke", "--service", "MCPTT", "--id", kAlice.PrimaryId()}).exit_code, 0);
  const auto revoked =
      RecordsWith("primary-server-a", {{"rpc", "mcmig.v1.PrimaryAdmin/RevokeMigration"}, {"kind", "call"}});
  ASSERT_EQ(revoked.size(), 1U);
  EXPECT_EQ(revoked[0]["peer_role"], "operator");
  EXPECT_EQ(revoked[0]["subject"]["primary_mc_service_id"], kAlice.PrimaryId());

  const CommandResult looked_up =
      deployment_->Run({"directory", "lookup", "--service", "MCPTT", "--id", kAlice.PrimaryId()},
                       deployment_->primary_server_a->Address("inside"), harness::kPrimaryServerA,
                       deployment_->north.Issue(harness::kNorthCallControl), deployment_->north);
  ASSERT_EQ(looked_up.exit_code, 0) << looked_up.err;
  const auto look_ups = RecordsWith("primary-server-a", {{"rpc", "mcmig.v1.MigrationDirectory/LookupServingSystem"}});
  ASSERT_EQ(look_ups.size(), 1U);
  EXPECT_EQ(look_ups[0]["peer_role"], "directory_reader");
  EXPECT_EQ(look_ups[0]["rule"], "directory.looked_up");
  EXPECT_EQ(look_ups[0]["subject"]["primary_mc_service_ids"]["ids"], json::array({kAlice.PrimaryId()}));
}

TEST_F(AuditTest, InvalidAccessAttemptsAreRecordedAndAFloodOfThemIsCounted) {
  const auto as = [&](harness::Pki& issuer, const char* name) {
    return harness::Connect(deployment_->primary_server_a->Address("inside"), harness::kPrimaryServerA,
                            deployment_->north, &issuer.Issue(name));
  };
  // Somebody of north who has no business here, again and again.
  constexpr int kFlood = 200;
  const auto client = as(deployment_->north, harness::kClient);
  for (int i = 0; i < kFlood; ++i) {
    ASSERT_EQ(harness::Ask<v1::PrimaryMcServiceServer>(client, harness::RequestOf(kAlice)).Outcome(),
              "PERMISSION_DENIED");
  }
  // Nobody that the system table knows, and a method that nobody serves.
  ASSERT_EQ(harness::Ask<v1::PrimaryMcServiceServer>(as(deployment_->north, "nobody.north.example"),
                                                     harness::RequestOf(kAlice))
                .Outcome(),
            "UNAUTHENTICATED");
  ASSERT_EQ(harness::Ask<v1::PartnerMcServiceServer>(client, harness::RequestOf(kAlice)).Outcome(), "UNIMPLEMENTED");
  // Through the front door, and not well-formed.
  auto malformed = harness::RequestOf(kAlice);
  malformed.set_primary_mc_service_id("nobody in particular");
  ASSERT_EQ(
      harness::Ask<v1::PrimaryMcServiceServer>(as(deployment_->north, harness::kNorthGateway), malformed).Outcome(),
      "INVALID_ARGUMENT");

  const auto errors = RecordsWith("primary-server-a", {{"kind", "call"}, {"status", "INVALID_ARGUMENT"}});
  ASSERT_EQ(errors.size(), 1U);
  EXPECT_EQ(errors[0]["subject"]["primary_mc_service_id"], "nobody in particular");
  const auto nobody = RecordsWith("primary-server-a", {{"kind", "refused"}, {"status", "UNAUTHENTICATED"}});
  ASSERT_EQ(nobody.size(), 1U);
  EXPECT_EQ(nobody[0]["peer_address"], "ipv4:127.0.0.1");
  const auto unknown = RecordsWith("primary-server-a", {{"kind", "refused"}, {"status", "UNIMPLEMENTED"}});
  ASSERT_EQ(unknown.size(), 1U);
  EXPECT_EQ(unknown[0]["peer_certificate"], "DNS:client.north.example");

  // A certificate of another MC system, where only the own one's may connect: in the record of the next second.
  ASSERT_EQ(harness::Ask<v1::PrimaryMcServiceServer>(as(deployment_->south, harness::kSouthGateway),
                                                     harness::RequestOf(kAlice))
                .Outcome(),
            "UNAVAILABLE");
  EXPECT_TRUE(metrics::Eventually([] {
    return !RecordsWith("primary-server-a", {{"kind", "refused"},
                                             {"listener", "inside"},
                                             {"attempt", "certificate of no known root, revoked or expired"}})
                .empty();
  }));

  // The rest of the flood is recorded at the latest when the process ends.
  ASSERT_EQ(deployment_->primary_server_a->Terminate(), 0);
  const auto flood = RecordsWith("primary-server-a", {{"kind", "refused"}, {"status", "PERMISSION_DENIED"}});
  EXPECT_LT(flood.size(), 20U);
  int attempts = 0;
  for (const json& record : flood) {
    EXPECT_EQ(record["rpc"], "mcmig.v1.PrimaryMcServiceServer/AuthorizeMigration");
    attempts += record.value("attempts", 1);
  }
  EXPECT_EQ(attempts, kFlood);
}

TEST_F(AuditTest, AChangedByteAndADeletedLastRecordAreFound) {
  ASSERT_EQ(deployment_->Migrate(kAlice, 1).exit_code, 0);
  const std::string segment = DirectoryOf("primary-server-a") + "/audit-00000000000000000001.jsonl";
  // While it runs, and after it ended.
  for (const bool ended : {false, true}) {
    if (ended) ASSERT_EQ(deployment_->primary_server_a->Terminate(), 0);
    const CommandResult whole = Verify("primary-server-a");
    ASSERT_EQ(whole.exit_code, 0) << whole.out;
    EXPECT_EQ(json::parse(whole.out)["state"], ended ? "closed" : "in use");
    const std::string text = harness::ReadFile(segment);

    std::string changed = text;
    changed.replace(text.find("alice"), 5, "alicf");
    harness::WriteFile(segment, changed);
    EXPECT_EQ(Verify("primary-server-a").exit_code, 1);

    harness::WriteFile(segment, text.substr(0, text.rfind('\n', text.size() - 2) + 1));
    const CommandResult cut = Verify("primary-server-a");
    EXPECT_EQ(cut.exit_code, 1);
    EXPECT_NE(cut.out.find("is missing"), std::string::npos) << cut.out;
    harness::WriteFile(segment, text);
    EXPECT_EQ(Verify("primary-server-a").exit_code, 0);
  }
}

TEST_F(AuditTest, ATamperedLogRefusesTheStart) {
  ASSERT_EQ(deployment_->partner_server->Terminate(), 0);
  const std::string segment = DirectoryOf("partner-server") + "/audit-00000000000000000001.jsonl";
  const std::string text = harness::ReadFile(segment);
  harness::WriteFile(segment, text.substr(0, text.rfind('\n', text.size() - 2) + 1));
  const absl::Status started = deployment_->KillAndRestart(&harness::Deployment::partner_server);
  EXPECT_FALSE(started.ok());
  EXPECT_NE(std::string(started.message()).find("is missing"), std::string::npos) << started;
  harness::WriteFile(segment, text);
  EXPECT_TRUE(deployment_->KillAndRestart(&harness::Deployment::partner_server).ok());
}

}  // namespace
}  // namespace mcmig::chain
