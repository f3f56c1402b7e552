// A real Prometheus scrapes two MC systems under load, and answers what operators ask about each role.
#include "tests/harness/prometheus.h"

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "gtest/gtest.h"
#include "mcmig/v1/mc_service_client.grpc.pb.h"
#include "nlohmann/json.hpp"
#include "tests/chain/start_deployment.h"
#include "tests/harness/http.h"
#include "tests/harness/loopback.h"
#include "tests/harness/stubs.h"

namespace mcmig::metrics {
namespace {

constexpr absl::Duration kLongest = absl::Minutes(2);

// /usr/bin/prometheus on a free port, with its data in the test's directory.
class Prometheus {
 public:
  explicit Prometheus(const std::string& config) {
    constexpr int kAttempts = 5;
    for (int i = 0; i < kAttempts && !process_.has_value(); ++i) Start(config);
    EXPECT_TRUE(process_.has_value());
  }

  // The value of each series of an instant query by the label `by`; empty where the query fails.
  std::map<std::string, double> Query(const std::string& query, const std::string& by) {
    const harness::HttpAnswer answer =
        harness::HttpGet(address_, "/api/v1/query?query=" + harness::PercentEncoded(query));
    EXPECT_EQ(answer.status, 200) << query << "\n" << answer.body;
    std::map<std::string, double> values;
    const nlohmann::json parsed = nlohmann::json::parse(answer.body, nullptr, /*allow_exceptions=*/false);
    if (parsed.is_discarded()) return values;
    for (const auto& series : parsed["data"]["result"]) {
      double value = 0;
      EXPECT_TRUE(absl::SimpleAtod(series["value"][1].get<std::string>(), &value));
      values[series["metric"].value(by, "")] = value;
    }
    return values;
  }

 private:
  // Whoever takes the port between its choice and Prometheus' start makes that end.
  void Start(const std::string& config) {
    address_ = absl::StrCat("127.0.0.1:", harness::FreePort());
    const std::string data = absl::StrCat(testing::TempDir(), "/prometheus");
    auto started = harness::Process::StartProgram(
        {"/usr/bin/prometheus", "--config.file=" + config, "--storage.tsdb.path=" + data,
         "--web.listen-address=" + address_},
        data + ".log", [this] { return harness::HttpGet(address_, "/-/ready").status == 200; });
    if (!started.ok()) {
      GTEST_LOG_(WARNING) << started.status();
    } else {
      process_.emplace(*std::move(started));
    }
  }

  std::string address_;
  std::optional<harness::Process> process_;
};

class PrometheusTest : public testing::Test {
 protected:
  // One migration through the client agent, and so through every role; refused where the user has no such profile.
  void Migrate(const harness::User& user, uint32_t profile_index) {
    v1::MigrateRequest request;
    request.set_primary_mc_service_id(user.PrimaryId());
    request.set_partner_system("south");
    request.set_mc_service(v1::MC_SERVICE_MCPTT);
    request.set_mc_service_user_profile_index(profile_index);
    grpc::ClientContext context;
    context.set_deadline(absl::ToChronoTime(absl::Now() + absl::Seconds(20)));
    v1::MigrateResponse response;
    const grpc::Status status = agent_->Migrate(&context, request, &response);
    // A user can migrate so many times within the replay window.
    EXPECT_TRUE(status.ok() || status.error_code() == grpc::StatusCode::RESOURCE_EXHAUSTED) << status.error_message();
  }

  // Migrates until the query has a value above 0 for exactly these.
  void ExpectAnswer(const std::string& query, const std::string& by, const std::set<std::string>& expected) {
    const absl::Time deadline = absl::Now() + kLongest;
    std::set<std::string> answered;
    while (answered != expected && absl::Now() < deadline) {
      for (const harness::User& user : {harness::kAlice, harness::kFrank}) {
        Migrate(user, 1);
        Migrate(user, kUnknownProfile);
      }
      absl::SleepFor(absl::Milliseconds(250));
      answered.clear();
      for (const auto& [name, value] : prometheus_.Query(query, by)) {
        if (value > 0) answered.insert(name);
      }
    }
    EXPECT_EQ(answered, expected) << query;
  }

  static constexpr uint32_t kUnknownProfile = 250;

  // A user can migrate 16 times within the replay window: with a short one, migrations go on succeeding however late
  // the first scrape comes.
  std::unique_ptr<harness::Deployment> deployment_ =
      chain::StartDeployment("prometheus", {.primary_server_config = "replay_window: 10s\nclock_skew: 0s\n"});
  std::unique_ptr<v1::McServiceClient::Stub> agent_ = v1::McServiceClient::NewStub(
      harness::Connect(deployment_->client_agent->Address("client"), harness::kClient, deployment_->north,
                       &deployment_->north.Issue(harness::kApplication)));
  Prometheus prometheus_{harness::WritePrometheusConfig(*deployment_, testing::TempDir())};
};

// docs/metrics.md shows these queries, over a longer time.
TEST_F(PrometheusTest, AnswersRateAndLatencyOfEveryRole) {
  const std::set<std::string> roles = {"client", "partner_server", "partner_gateway", "primary_gateway",
                                       "primary_server"};
  ExpectAnswer("sum by (role) (rate(mcmig_decisions_total{outcome=\"success\"}[30s]))", "role", roles);
  ExpectAnswer("sum by (role) (rate(mcmig_decisions_total{outcome=\"refused\"}[30s]))", "role", roles);
  const std::set<std::string> jobs = {"client-agent", "partner-server", "gateway", "primary-server"};
  ExpectAnswer("sum by (job) (rate(mcmig_rpc_server_duration_seconds_count[30s]))", "job", jobs);
  ExpectAnswer("histogram_quantile(0.99, sum by (job, le) (rate(mcmig_rpc_server_duration_seconds_bucket[30s])))",
               "job", jobs);
  ExpectAnswer("histogram_quantile(0.99, sum by (job, le) (rate(mcmig_rpc_client_duration_seconds_bucket[30s])))",
               "job", {"client-agent", "partner-server", "gateway"});
  ExpectAnswer(
      "histogram_quantile(0.99, sum by (register, le) (rate(mcmig_register_commit_duration_seconds_bucket"
      "[30s])))",
      "register", {"migration", "visitor"});
}

}  // namespace
}  // namespace mcmig::metrics
