#include "common/rpc/process.h"

#include <signal.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <future>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/clock.h"
#include "common/ops/metrics.h"
#include "common/ops/metrics_server.h"
#include "common/rpc/testing/two_systems.h"
#include "grpc/health/v1/health.grpc.pb.h"
#include "gtest/gtest.h"
#include "nlohmann/json.hpp"

namespace mcmig::rpc {
namespace {

class ProcessTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() { BlockSignals(); }
  std::unique_ptr<Server> Inside(const std::string& address) {
    config::v1::Listener config = testing::InsecureListener("north", config::v1::ROLE_GATEWAY);
    config.set_address(address);
    auto server = Server::Create(identity::Listener::kInside, config, insecure_, health_);
    EXPECT_TRUE(server.ok()) << server.status();
    return *std::move(server);
  }

  ops::Metrics metrics_;
  testing::TwoSystems systems_;
  std::shared_ptr<const Credentials> insecure_ = systems_.Insecure("north");
  std::shared_ptr<Health> health_ = std::make_shared<Health>();
  std::vector<std::unique_ptr<Server>> servers_;
  const std::string ready_file_ = ::testing::TempDir() + "/ready.json";
};

TEST_F(ProcessTest, ReadyFileNamesEveryListenerAndSigtermDrains) {
  servers_.push_back(Inside("127.0.0.1:0"));
  servers_.push_back(Server::CreateForHealth("127.0.0.1:0", health_));
  ops::MetricsServer metrics_server(metrics_, "127.0.0.1:0");
  auto run = std::async(std::launch::async, [&] {
    return RunUntilSignal(servers_, *health_, absl::Seconds(5), ready_file_, &metrics_server);
  });
  while (!std::filesystem::exists(ready_file_)) std::this_thread::yield();
  std::ifstream file(ready_file_);
  const auto ready = nlohmann::json::parse(file);
  EXPECT_EQ(ready["pid"], getpid());
  EXPECT_EQ(ready["listeners"]["inside"], servers_[0]->address());
  EXPECT_EQ(ready["listeners"]["metrics"], metrics_server.address());
  EXPECT_NE(metrics_server.address(), "127.0.0.1:0");
  const std::string health_address = ready["listeners"]["health"];
  const auto channel = testing::Connect(*insecure_, testing::InsecureEndpoint(health_address), "north");
  grpc::health::v1::HealthCheckResponse response;
  do {  // serving from just after the file
    grpc::ClientContext context;
    ASSERT_TRUE(grpc::health::v1::Health::NewStub(channel)->Check(&context, {}, &response).ok());
  } while (response.status() != grpc::health::v1::HealthCheckResponse::SERVING);

  kill(getpid(), SIGTERM);
  EXPECT_TRUE(run.get().ok());
  EXPECT_EQ(health_->Of(""), Health::State::kNotServing);
  EXPECT_FALSE(std::filesystem::exists(ready_file_));
}

TEST_F(ProcessTest, AddressInUseIsAnErrorAndLeavesNothingRunning) {
  auto first = Inside("127.0.0.1:0");
  ASSERT_TRUE(first->Start().ok());
  servers_.push_back(Inside("127.0.0.1:0"));
  servers_.push_back(Inside(first->address()));
  EXPECT_TRUE(absl::IsUnavailable(RunUntilSignal(servers_, *health_, absl::Seconds(5), ready_file_)));
  EXPECT_FALSE(std::filesystem::exists(ready_file_));
}

TEST_F(ProcessTest, MetricsAddressInUseIsAnError) {
  ops::MetricsServer taken(metrics_, "127.0.0.1:0");
  ASSERT_TRUE(taken.Start().ok());
  ops::MetricsServer second(metrics_, taken.address());
  servers_.push_back(Inside("127.0.0.1:0"));
  EXPECT_TRUE(absl::IsUnavailable(RunUntilSignal(servers_, *health_, absl::Seconds(5), ready_file_, &second)));
  EXPECT_FALSE(std::filesystem::exists(ready_file_));
}

TEST_F(ProcessTest, ReadyFileThatCannotBeWrittenIsAnError) {
  servers_.push_back(Inside("127.0.0.1:0"));
  EXPECT_TRUE(absl::IsUnavailable(RunUntilSignal(servers_, *health_, absl::Seconds(5), "/nonexistent/ready.json")));
}

}  // namespace
}  // namespace mcmig::rpc
