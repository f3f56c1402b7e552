#include "common/rpc/process.h"

#include <signal.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <future>
#include <memory>
#include <string>

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
  Server& Inside(const std::string& address) {
    config::v1::Listener config = testing::InsecureListener("north", config::v1::ROLE_GATEWAY);
    config.set_address(address);
    const absl::StatusOr<Server*> server = process_.Listen(identity::Listener::kInside, config);
    EXPECT_TRUE(server.ok()) << server.status();
    return **server;
  }

  ops::Metrics metrics_;
  testing::TwoSystems systems_;
  std::shared_ptr<const Credentials> insecure_ = systems_.Insecure("north");
  Process process_{insecure_};
  const std::string ready_file_ = ::testing::TempDir() + "/ready.json";
};

TEST_F(ProcessTest, ReadyFileNamesEveryListenerAndSigtermDrains) {
  const Server& inside = Inside("127.0.0.1:0");
  process_.ListenForHealth("127.0.0.1:0");
  ops::MetricsServer metrics_server(metrics_, "127.0.0.1:0");
  auto run = std::async(std::launch::async,
                        [&] { return process_.RunUntilSignal(absl::Seconds(5), ready_file_, &metrics_server); });
  while (!std::filesystem::exists(ready_file_)) std::this_thread::yield();
  std::ifstream file(ready_file_);
  const auto ready = nlohmann::json::parse(file);
  EXPECT_EQ(ready["pid"], getpid());
  EXPECT_EQ(ready["listeners"]["inside"], inside.address());
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
  EXPECT_EQ(process_.health().Of(""), Health::State::kNotServing);
  EXPECT_FALSE(std::filesystem::exists(ready_file_));
}

TEST_F(ProcessTest, AddressInUseIsAnErrorAndLeavesNothingRunning) {
  auto first = Server::CreateForHealth(std::make_shared<LoopThread>(), "127.0.0.1:0", std::make_shared<Health>());
  ASSERT_TRUE(first->Start().ok());
  Inside("127.0.0.1:0");
  Inside(first->address());
  EXPECT_TRUE(absl::IsUnavailable(process_.RunUntilSignal(absl::Seconds(5), ready_file_)));
  EXPECT_FALSE(std::filesystem::exists(ready_file_));
}

TEST_F(ProcessTest, MetricsAddressInUseIsAnError) {
  ops::MetricsServer taken(metrics_, "127.0.0.1:0");
  ASSERT_TRUE(taken.Start().ok());
  ops::MetricsServer second(metrics_, taken.address());
  Inside("127.0.0.1:0");
  EXPECT_TRUE(absl::IsUnavailable(process_.RunUntilSignal(absl::Seconds(5), ready_file_, &second)));
  EXPECT_FALSE(std::filesystem::exists(ready_file_));
}

TEST_F(ProcessTest, ReadyFileThatCannotBeWrittenIsAnError) {
  Inside("127.0.0.1:0");
  EXPECT_TRUE(absl::IsUnavailable(process_.RunUntilSignal(absl::Seconds(5), "/nonexistent/ready.json")));
}

}  // namespace
}  // namespace mcmig::rpc
