// The main job, end to end over TCP with mTLS, in each of the four path shapes of TS 23.280 clause 10.6.3.3, NOTE 3.
#include "gtest/gtest.h"
#include "mcmig/v1/partner_mc_service_server.grpc.pb.h"
#include "tests/chain/start_deployment.h"
#include "tests/harness/stubs.h"

namespace mcmig::chain {
namespace {

using harness::Answer;
using harness::Ask;
using harness::Connect;
using harness::RequestOf;
using harness::User;
using v1::PartnerMcServiceServer;

class PathShapesTest : public testing::TestWithParam<harness::Shape> {
 protected:
  void SetUp() override { deployment_ = StartDeployment("shape", {.shape = GetParam()}); }

  std::shared_ptr<grpc::Channel> Client() {
    return Connect(deployment_->partner_server->Address("client"), harness::kPartnerServer, deployment_->south,
                   &deployment_->north.Issue(harness::kClient));
  }
  std::map<std::string, v1::MigrationRecord> Records() {
    return harness::RecordsOf(Connect(deployment_->primary_server_a->Address("operators"), harness::kPrimaryServerA,
                                      deployment_->north, &deployment_->north.Issue(harness::kNorthOperator)));
  }
  std::map<std::string, v1::Visitor> Visitors() {
    return harness::VisitorsOf(Connect(deployment_->partner_server->Address("operators"), harness::kPartnerServer,
                                       deployment_->south, &deployment_->south.Issue(harness::kSouthOperator)));
  }

  std::unique_ptr<harness::Deployment> deployment_;
};

TEST_P(PathShapesTest, UserMigratesAndIsRecordedAtBothSystems) {
  const auto request = RequestOf(harness::kAlice);
  const Answer answer = Ask<PartnerMcServiceServer>(Client(), request, deployment_->TokenOf(harness::kAlice));
  ASSERT_EQ(answer.Outcome(), "SUCCESS") << answer.status.error_message();
  EXPECT_EQ(answer.response.partner_mc_service_id(), harness::kAlice.PartnerId());
  EXPECT_EQ(answer.response.primary_mc_service_id(), harness::kAlice.PrimaryId());
  EXPECT_EQ(answer.response.epoch().counter(), 1);

  const auto records = Records();
  ASSERT_EQ(records.size(), 1);
  const v1::MigrationRecord& record = records.at(harness::kAlice.PrimaryId());
  EXPECT_EQ(record.state(), v1::MIGRATION_STATE_MIGRATED);
  EXPECT_EQ(record.partner_system(), "south");
  EXPECT_EQ(record.partner_mc_service_id(), harness::kAlice.PartnerId());
  EXPECT_EQ(record.mc_service_user_profile_index(), 1);
  EXPECT_EQ(record.through_gateway(), GetParam().primary_gateway);
  EXPECT_EQ(record.request_id(), request.request_id());

  const auto visitors = Visitors();
  ASSERT_EQ(visitors.size(), 1);
  const v1::Visitor& visitor = visitors.at(harness::kAlice.PrimaryId());
  EXPECT_EQ(visitor.primary_system(), "north");
  EXPECT_EQ(visitor.partner_mc_service_id(), harness::kAlice.PartnerId());
  EXPECT_EQ(visitor.epoch().counter(), 1);
}

TEST_P(PathShapesTest, ProfileIndexZeroIsAnIndexLikeAnyOther) {
  const Answer answer =
      Ask<PartnerMcServiceServer>(Client(), RequestOf(harness::kAlice, 0), deployment_->TokenOf(harness::kAlice));
  ASSERT_EQ(answer.Outcome(), "SUCCESS");
  EXPECT_TRUE(Records().at(harness::kAlice.PrimaryId()).has_mc_service_user_profile_index());
  EXPECT_EQ(Records().at(harness::kAlice.PrimaryId()).mc_service_user_profile_index(), 0);
}

TEST_P(PathShapesTest, ResponseEchoesTheBytesReceivedNotTheirCanonicalForm) {
  auto request = RequestOf(harness::kAlice);
  request.set_primary_mc_service_id("SIP:%61lice@North.EXAMPLE");
  const Answer answer = Ask<PartnerMcServiceServer>(Client(), request, deployment_->TokenOf(harness::kAlice));
  ASSERT_EQ(answer.Outcome(), "SUCCESS");
  EXPECT_EQ(answer.response.primary_mc_service_id(), "SIP:%61lice@North.EXAMPLE");
}

TEST_P(PathShapesTest, RepeatedRequestHasTheSameAnswerAndChangesNothing) {
  const auto request = RequestOf(harness::kAlice);
  const std::string token = deployment_->TokenOf(harness::kAlice);
  const Answer first = Ask<PartnerMcServiceServer>(Client(), request, token);
  const Answer again = Ask<PartnerMcServiceServer>(Client(), request, token);
  ASSERT_EQ(first.Outcome(), "SUCCESS");
  ASSERT_EQ(again.Outcome(), "SUCCESS");
  EXPECT_EQ(again.response.SerializeAsString(), first.response.SerializeAsString());
  EXPECT_EQ(Records().at(harness::kAlice.PrimaryId()).epoch().counter(), 1);
}

TEST_P(PathShapesTest, EndlessMigrationsOfOneUserAreRefusedWithAHint) {
  const auto channel = Client();
  const std::string token = deployment_->TokenOf(harness::kAlice);
  Answer answer;
  int successes = 0;
  for (answer = Ask<PartnerMcServiceServer>(channel, RequestOf(harness::kAlice), token);
       answer.success() && successes < 1000;
       answer = Ask<PartnerMcServiceServer>(channel, RequestOf(harness::kAlice), token)) {
    ++successes;
  }
  EXPECT_EQ(answer.Outcome(), "RESOURCE_EXHAUSTED");
  EXPECT_EQ(answer.trailers.count("grpc-retry-pushback-ms"), 1);
  EXPECT_EQ(Records().at(harness::kAlice.PrimaryId()).epoch().counter(), successes);
}

TEST_P(PathShapesTest, RequestWithoutRequestIdIsGivenOne) {
  auto request = RequestOf(harness::kAlice);
  request.clear_request_id();
  request.clear_issued_at();
  const Answer answer = Ask<PartnerMcServiceServer>(Client(), request, deployment_->TokenOf(harness::kAlice));
  ASSERT_EQ(answer.Outcome(), "SUCCESS");
  EXPECT_EQ(answer.response.request_id().size(), 16);
}

TEST_P(PathShapesTest, ClientAgentMigratesItsOwnUser) {
  const harness::CommandResult migrated = deployment_->Migrate(harness::kAlice, 1);
  EXPECT_EQ(migrated.exit_code, 0) << migrated.out << migrated.err;
  EXPECT_EQ(Records().count(harness::kAlice.PrimaryId()), 1);
  EXPECT_EQ(Visitors().count(harness::kAlice.PrimaryId()), 1);
}

TEST_P(PathShapesTest, ClientAgentServesNobodyElse) {
  const harness::CommandResult refused = deployment_->Migrate(User{"stranger"}, 1);
  EXPECT_NE(refused.exit_code, 0);
  EXPECT_NE((refused.out + refused.err).find("NOT_FOUND"), std::string::npos) << refused.out << refused.err;
}

TEST_P(PathShapesTest, EachUserReachesTheServerThatHoldsTheUser) {
  if (!GetParam().primary_gateway) GTEST_SKIP() << "only a gateway distributes users over servers";
  ASSERT_EQ(Ask<PartnerMcServiceServer>(Client(), RequestOf(harness::kFrank), deployment_->TokenOf(harness::kFrank))
                .Outcome(),
            "SUCCESS");
  EXPECT_EQ(Records().count(harness::kFrank.PrimaryId()), 0);
  const auto records_b =
      harness::RecordsOf(Connect(deployment_->primary_server_b->Address("operators"), harness::kPrimaryServerB,
                                 deployment_->north, &deployment_->north.Issue(harness::kNorthOperator)));
  EXPECT_EQ(records_b.count(harness::kFrank.PrimaryId()), 1);
}

TEST_P(PathShapesTest, ServersDrainAndEndOnTerminate) {
  for (auto* process : {&deployment_->client_agent, &deployment_->partner_server, &deployment_->south_gateway,
                        &deployment_->north_gateway, &deployment_->primary_server_a}) {
    if (*process == nullptr) continue;
    EXPECT_EQ((*process)->Terminate(), 0) << (*process)->Log();
  }
}

INSTANTIATE_TEST_SUITE_P(Shapes, PathShapesTest,
                         testing::Values(harness::kBothGateways, harness::Shape{true, false},
                                         harness::Shape{false, true}, harness::kDirect),
                         [](const auto& info) {
                           return std::string(info.param.partner_gateway ? "Gateway" : "Server") + "To" +
                                  (info.param.primary_gateway ? "Gateway" : "Server");
                         });

}  // namespace
}  // namespace mcmig::chain
