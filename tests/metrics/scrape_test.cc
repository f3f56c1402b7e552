// What the processes of two MC systems tell a Prometheus, after users have migrated and failed to.
#include "tests/metrics/scrape.h"

#include <algorithm>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "absl/time/clock.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "mcmig/v1/partner_mc_service_server.grpc.pb.h"
#include "mcmig/v1/primary_mc_gateway_server.grpc.pb.h"
#include "tests/chain/start_deployment.h"
#include "tests/harness/stubs.h"

namespace mcmig::metrics {
namespace {

using harness::Ask;
using harness::Connect;
using harness::Deployment;
using harness::RequestOf;
using ops::Labels;
using ops::testing::Exposition;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr char kStarted[] = "mcmig_rpc_server_started_total";
constexpr char kEnded[] = "mcmig_rpc_server_duration_seconds_count";
constexpr char kAsked[] = "mcmig_rpc_client_duration_seconds_count";
constexpr char kDecisions[] = "mcmig_decisions_total";
constexpr char kRefused[] = "mcmig_rpc_server_refused_total";
constexpr char kPartnerMethod[] = "mcmig.v1.PartnerMcServiceServer/AuthorizeMigration";
constexpr char kWayInMethod[] = "mcmig.v1.PrimaryMcGatewayServer/AuthorizeMigration";

class ScrapeTest : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    deployment_ = chain::StartDeployment("scraped");
    token_ = deployment_->TokenOf(harness::kAlice);
    const auto partner = ToPartner(harness::kClient);
    EXPECT_EQ(deployment_->Migrate(harness::kAlice, 1).exit_code, 0);
    for (int i = 0; i < 2; ++i) EXPECT_EQ(Outcome(partner, harness::kAlice, token_), "SUCCESS");
    EXPECT_EQ(Outcome(partner, harness::kDave), "FAILURE VISITOR_NOT_EXPECTED");
    EXPECT_EQ(Outcome(partner, harness::kBob), "FAILURE NOT_AUTHORIZED_BY_PRIMARY");
    EXPECT_EQ(Outcome(ToPartner(harness::kApplication), harness::kAlice), "PERMISSION_DENIED");
    const auto forged = Connect(deployment_->north_gateway->Address("outside"), harness::kNorthGateway,
                                deployment_->north, &deployment_->west.Issue(harness::kSouthGateway));
    EXPECT_EQ(Ask<v1::PrimaryMcGatewayServer>(forged, RequestOf(harness::kAlice)).Outcome(), "UNAUTHENTICATED");
    deployment_->primary_server_b->Kill();
    EXPECT_EQ(Outcome(partner, harness::kFrank), "UNAVAILABLE");
  }
  static void TearDownTestSuite() { deployment_.reset(); }

  static std::shared_ptr<grpc::Channel> ToPartner(const std::string& name) {
    return Connect(deployment_->partner_server->Address("client"), harness::kPartnerServer, deployment_->south,
                   &deployment_->north.Issue(name));
  }
  static std::string Outcome(const std::shared_ptr<grpc::Channel>& channel, const harness::User& user,
                             const std::string& token = "") {
    return Ask<v1::PartnerMcServiceServer>(channel, RequestOf(user), token.empty() ? deployment_->TokenOf(user) : token)
        .Outcome();
  }
  // Those that still run.
  static std::vector<const harness::Process*> Running() {
    std::vector<const harness::Process*> running = ProcessesOf(*deployment_);
    running.erase(std::find(running.begin(), running.end(), deployment_->primary_server_b.get()));
    return running;
  }

  static std::unique_ptr<Deployment> deployment_;
  static std::string token_;
};

std::unique_ptr<Deployment> ScrapeTest::deployment_;
std::string ScrapeTest::token_;

TEST_F(ScrapeTest, CallsAreCountedByMethodPeerSystemAndCode) {
  const Exposition partner = Scrape(*deployment_->partner_server);
  const Labels from_north = {{"listener", "client"}, {"method", kPartnerMethod}, {"peer_system", "north"}};
  // Three of alice, one each of dave, bob and frank, and the application's.
  EXPECT_EQ(partner.Sum(kStarted, from_north), 7);
  EXPECT_EQ(partner.Sum(kEnded, {{"method", kPartnerMethod}, {"code", "OK"}}), 5);
  EXPECT_EQ(partner.Sum(kEnded, {{"method", kPartnerMethod}, {"code", "PERMISSION_DENIED"}}), 1);
  EXPECT_EQ(partner.Sum(kEnded, {{"method", kPartnerMethod}, {"code", "UNAVAILABLE"}}), 1);
  EXPECT_EQ(partner.Sum(kRefused, {{"listener", "client"}, {"code", "PERMISSION_DENIED"}}), 1);
  EXPECT_GT(partner.Sum("mcmig_rpc_server_duration_seconds_sum", {{"method", kPartnerMethod}, {"code", "OK"}}), 0);

  const Exposition gateway = Scrape(*deployment_->north_gateway);
  EXPECT_GE(gateway.Sum(kEnded, {{"method", kWayInMethod}, {"peer_system", "south"}, {"code", "OK"}}), 4);
  EXPECT_EQ(gateway.Sum(kEnded, {{"method", kWayInMethod}, {"peer_system", "unknown"}, {"code", "UNAUTHENTICATED"}}),
            1);
  EXPECT_EQ(gateway.Sum(kRefused, {{"listener", "outside"}, {"code", "UNAUTHENTICATED"}}), 1);
}

TEST_F(ScrapeTest, CallsToTheNextHopAreCountedBySystemAndCode) {
  const Exposition way_out = Scrape(*deployment_->south_gateway);
  EXPECT_EQ(way_out.Sum(kAsked, {{"method", kWayInMethod}, {"target_system", "north"}, {"code", "OK"}}), 4);
  EXPECT_GE(way_out.Sum(kAsked, {{"method", kWayInMethod}, {"target_system", "north"}, {"code", "UNAVAILABLE"}}), 1);
  const Exposition way_in = Scrape(*deployment_->north_gateway);
  EXPECT_GE(way_in.Sum(kAsked, {{"method", "mcmig.v1.PrimaryMcServiceServer/AuthorizeMigration"},
                                {"target_system", "north"},
                                {"code", "UNAVAILABLE"}}),
            1);
  const Exposition agent = Scrape(*deployment_->client_agent);
  EXPECT_EQ(agent.Sum(kAsked, {{"method", kPartnerMethod}, {"target_system", "south"}, {"code", "OK"}}), 1);
}

TEST_F(ScrapeTest, NothingIsInFlightOnceAllAreAnswered) {
  for (const harness::Process* process : Running()) {
    EXPECT_TRUE(Eventually([&] { return Scrape(*process).Sum("mcmig_rpc_server_in_flight") == 0; }));
    EXPECT_GT(Scrape(*process).Sum("mcmig_rpc_server_max_in_flight"), 0);
  }
}

TEST_F(ScrapeTest, DecisionsAreCountedByRoleCauseAndRule) {
  const Exposition partner = Scrape(*deployment_->partner_server);
  const Labels by_partner = {{"role", "partner_server"}};
  EXPECT_EQ(partner.Sum(kDecisions, {{"role", "partner_server"}, {"outcome", "success"}, {"cause", "NONE"}}), 3);
  EXPECT_EQ(partner.Sum(kDecisions, {{"outcome", "refused"}, {"cause", "VISITOR_NOT_EXPECTED"}}), 1);
  EXPECT_EQ(partner.Sum(kDecisions, {{"outcome", "refused"}, {"cause", "NOT_AUTHORIZED_BY_PRIMARY"}}), 1);
  EXPECT_EQ(partner.Sum(kDecisions, {{"outcome", "error"}}), 1);
  const Exposition primary = Scrape(*deployment_->primary_server_a);
  EXPECT_EQ(primary.Sum(kDecisions, {{"role", "primary_server"},
                                     {"outcome", "refused"},
                                     {"cause", "USER_DISABLED"},
                                     {"rule", "step6.user_enabled"}}),
            1);
}

TEST_F(ScrapeTest, RegistersTellCommitsAndUsers) {
  const Exposition primary = Scrape(*deployment_->primary_server_a);
  const Labels migration = {{"register", "migration"}};
  // Three of alice, and the import of profiles.
  EXPECT_EQ(primary.Sum("mcmig_register_commit_batch_size_sum", migration), 4);
  EXPECT_EQ(primary.Sum("mcmig_register_commit_duration_seconds_count", migration),
            primary.Sum("mcmig_register_commit_batch_size_count", migration));
  EXPECT_EQ(primary.Sum("mcmig_register_users", migration), 1);
  EXPECT_EQ(primary.Sum("mcmig_register_failed_changes_total", migration), 0);
  EXPECT_EQ(primary.Sum("mcmig_register_waiting_changes", migration), 0);
  EXPECT_EQ(Scrape(*deployment_->partner_server).Sum("mcmig_register_users", {{"register", "visitor"}}), 1);
}

TEST_F(ScrapeTest, TokensThatAreUsedAgainAreHits) {
  const Exposition partner = Scrape(*deployment_->partner_server);
  EXPECT_GE(partner.Sum("mcmig_token_cache_lookups_total", {{"result", "hit"}}), 1);
  EXPECT_GE(partner.Sum("mcmig_token_cache_lookups_total", {{"result", "miss"}}), 4);
}

TEST_F(ScrapeTest, EveryProcessTellsVersionUptimeAndExpiry) {
  const auto now = static_cast<double>(absl::ToUnixSeconds(absl::Now()));
  for (const harness::Process* process : Running()) {
    SCOPED_TRACE(process->log_file());
    const Exposition told = Scrape(*process);
    EXPECT_EQ(told.Sum("mcmig_build_info"), 1);
    EXPECT_GT(told.Sum("mcmig_uptime_seconds"), 0);
    EXPECT_GT(told.Sum("mcmig_certificate_expiry_timestamp_seconds", {{"certificate", "own"}}), now);
    for (const char* system : {"north", "south"}) {
      EXPECT_GT(
          told.Sum("mcmig_certificate_expiry_timestamp_seconds", {{"certificate", "roots"}, {"mc_system", system}}),
          now);
    }
  }
}

TEST_F(ScrapeTest, NobodyIsNamed) {
  for (const harness::Process* process : Running()) {
    const std::string text = TextOf(*process);
    for (const char* name : {"alice", "bob", "dave", "frank", "sip:", "@", "Bearer", "127.0.0.1"}) {
      EXPECT_THAT(text, Not(HasSubstr(name))) << process->log_file();
    }
    EXPECT_THAT(text, Not(HasSubstr(token_)));
    EXPECT_THAT(text, Not(HasSubstr(token_.substr(0, token_.find('.')))));
  }
}

TEST_F(ScrapeTest, PromtoolFindsNothingToImprove) {
  for (const harness::Process* process : Running()) {
    const std::string file = absl::StrCat(testing::TempDir(), "/metrics.txt");
    harness::WriteFile(file, TextOf(*process));
    const harness::CommandResult checked =
        harness::RunCommand({"/bin/sh", "-c", absl::StrCat("/usr/bin/promtool check metrics < ", file)});
    EXPECT_EQ(checked.exit_code, 0);
    EXPECT_EQ(checked.out + checked.err, "") << process->log_file();
  }
}

// "counter: listener, method" and so on, of every family that the processes tell.
std::map<std::string, std::string> Told(const std::vector<const harness::Process*>& processes) {
  std::map<std::string, std::set<std::string>> labels;
  std::map<std::string, std::string> types;
  for (const harness::Process* process : processes) {
    const Exposition told = Scrape(*process);
    types.insert(told.types.begin(), told.types.end());
    for (const ops::testing::Sample& sample : told.samples) {
      std::string family = sample.name;
      for (const char* suffix : {"_bucket", "_sum", "_count"}) {
        const std::string without(absl::StripSuffix(sample.name, suffix));
        if (told.types.contains(without)) family = without;
      }
      for (const auto& [name, value] : sample.labels) {
        if (name != "le" && name != "quantile") labels[family].insert(name);
      }
    }
  }
  std::map<std::string, std::string> described;
  for (const auto& [family, type] : types) {
    described[family] = absl::StrCat(type, ": ", absl::StrJoin(labels[family], ", "));
  }
  return described;
}

// The same of the rows of docs/metrics.md.
std::map<std::string, std::string> Documented() {
  std::map<std::string, std::string> described;
  for (const absl::string_view line : absl::StrSplit(harness::ReadFile("docs/metrics.md"), '\n')) {
    absl::string_view inner = line;
    if (!absl::ConsumePrefix(&inner, "| `") || !absl::ConsumeSuffix(&inner, " |")) continue;
    const std::vector<std::string> cells = absl::StrSplit(inner, " | ");
    if (cells.size() < 4) continue;
    const std::string name(absl::StripSuffix(cells[0], "`"));
    EXPECT_TRUE(described.emplace(name, absl::StrCat(cells[1], ": ", cells[2] == "–" ? "" : cells[2])).second) << name;
    EXPECT_FALSE(cells[3].empty()) << name;
  }
  return described;
}

TEST_F(ScrapeTest, TheManualListsExactlyWhatIsTold) {
  // A first scrape is told of in the second.
  EXPECT_EQ(Told(Running()), Documented());
}

TEST_F(ScrapeTest, UsersAreCountedAlsoAfterAKill) {
  ASSERT_TRUE(deployment_->KillAndRestartPrimaryServer().ok());
  const Exposition primary = Scrape(*deployment_->primary_server_a);
  EXPECT_EQ(primary.Sum("mcmig_register_users", {{"register", "migration"}}), 1);
  EXPECT_EQ(primary.Sum("mcmig_register_commit_batch_size_count", {{"register", "migration"}}), 0);
}

}  // namespace
}  // namespace mcmig::metrics
