// Users who come back to their own MC system, and their second devices, with real servers of both.
#include <functional>
#include <string>
#include <thread>

#include "gtest/gtest.h"
#include "mcmig/v1/primary_mc_service_server.grpc.pb.h"
#include "tests/chain/start_deployment.h"
#include "tests/harness/stubs.h"

namespace mcmig::chain {
namespace {

using harness::kAlice;
using v1::ServiceAuthorizationResponse;

class HomeTest : public testing::TestWithParam<harness::Shape> {
 protected:
  HomeTest() { deployment_ = StartDeployment("home", {.shape = GetParam()}); }

  // One device of alice's at home, with a connection of its own.
  ServiceAuthorizationResponse AskAtHome(bool return_home, const std::string& token,
                                         const v1::MigrationEpoch* from = nullptr) {
    const auto channel = harness::Connect(deployment_->primary_server_a->Address("client"), harness::kPrimaryServerA,
                                          deployment_->north, &deployment_->north.Issue(harness::kClient));
    v1::ServiceAuthorizationRequest request;
    request.set_primary_mc_service_id(kAlice.PrimaryId());
    request.set_mc_service(v1::MC_SERVICE_MCPTT);
    request.set_return_home(return_home);
    if (from != nullptr) *request.mutable_return_from() = *from;
    grpc::ClientContext context;
    context.set_deadline(absl::ToChronoTime(absl::Now() + absl::Seconds(20)));
    context.AddMetadata("authorization", "Bearer " + token);
    ServiceAuthorizationResponse response;
    const grpc::Status status =
        v1::PrimaryMcServiceServer::NewStub(channel)->AuthorizeService(&context, request, &response);
    EXPECT_TRUE(status.ok()) << status.error_message();
    return response;
  }
  ServiceAuthorizationResponse AskAtHome(bool return_home) {
    return AskAtHome(return_home, deployment_->HomeTokenOf(kAlice));
  }
  bool IsServedBySouth() {
    return harness::VisitorsOf(harness::Connect(deployment_->partner_server->Address("operators"),
                                                harness::kPartnerServer, deployment_->south,
                                                &deployment_->south.Issue(harness::kSouthOperator)))
        .contains(kAlice.PrimaryId());
  }
  // Waits until `holds`, for what happens in the background.
  static bool Eventually(const std::function<bool()>& holds) {
    for (const absl::Time end = absl::Now() + absl::Seconds(20); absl::Now() < end;) {
      if (holds()) return true;
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
    }
    return holds();
  }

  std::unique_ptr<harness::Deployment> deployment_;
};

TEST_P(HomeTest, ASecondDeviceCutsNobodyOffAndAnExplicitReturnEndsTheVisit) {
  EXPECT_EQ(AskAtHome(false).result(), v1::SERVICE_AUTHORIZATION_RESULT_SUCCESS);
  ASSERT_EQ(deployment_->Migrate(kAlice, 1).exit_code, 0);
  ASSERT_TRUE(IsServedBySouth());

  // A second device that knows nothing of the deployment.
  const ServiceAuthorizationResponse refused = AskAtHome(false);
  EXPECT_EQ(refused.result(), v1::SERVICE_AUTHORIZATION_RESULT_FAILURE);
  EXPECT_EQ(refused.refusal_cause(), v1::REFUSAL_CAUSE_MIGRATED_ELSEWHERE);
  EXPECT_EQ(refused.migration_epoch().counter(), 1U);
  EXPECT_TRUE(IsServedBySouth());

  const ServiceAuthorizationResponse back = AskAtHome(true);
  EXPECT_EQ(back.result(), v1::SERVICE_AUTHORIZATION_RESULT_SUCCESS);
  EXPECT_TRUE(back.returned_home());
  EXPECT_TRUE(Eventually([this] { return !IsServedBySouth(); }));
  EXPECT_EQ(AskAtHome(false).result(), v1::SERVICE_AUTHORIZATION_RESULT_SUCCESS);

  // Deployed again: the return from the first time, late, leaves that alone.
  ASSERT_EQ(deployment_->Migrate(kAlice, 1).exit_code, 0);
  const ServiceAuthorizationResponse late =
      AskAtHome(true, deployment_->HomeTokenOf(kAlice), &refused.migration_epoch());
  EXPECT_EQ(late.refusal_cause(), v1::REFUSAL_CAUSE_MIGRATED_ELSEWHERE);
  EXPECT_TRUE(IsServedBySouth());
}

TEST_P(HomeTest, ATokenOfThePartnerSystemIsNoneAtHome) {
  ASSERT_EQ(deployment_->Migrate(kAlice, 1).exit_code, 0);
  const ServiceAuthorizationResponse refused = AskAtHome(true, deployment_->TokenOf(kAlice));
  EXPECT_EQ(refused.refusal_cause(), v1::REFUSAL_CAUSE_ACCESS_TOKEN_INVALID);
  EXPECT_FALSE(refused.has_migration_epoch());
  EXPECT_TRUE(IsServedBySouth());
}

INSTANTIATE_TEST_SUITE_P(Shapes, HomeTest, testing::Values(harness::kBothGateways, harness::kDirect));

}  // namespace
}  // namespace mcmig::chain
