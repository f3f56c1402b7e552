// What follows a migration, end to end over TCP with mTLS, in each of the four path shapes: it ends, it is taken back,
// and both MC systems find out where they disagree.
#include <functional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "gtest/gtest.h"
#include "mcmig/v1/mc_service_client.grpc.pb.h"
#include "mcmig/v1/partner_mc_service_server.grpc.pb.h"
#include "mcmig/v1/primary_mc_gateway_server.grpc.pb.h"
#include "mcmig/v1/primary_mc_service_server.grpc.pb.h"
#include "tests/chain/start_deployment.h"
#include "tests/harness/stubs.h"

namespace mcmig::chain {
namespace {

using harness::Ask;
using harness::Connect;
using harness::RequestOf;
using harness::User;
using v1::PartnerMcServiceServer;

void SetDeadline(grpc::ClientContext& context) {
  context.set_deadline(absl::ToChronoTime(absl::Now() + absl::Seconds(20)));
}

class LifecycleTest : public testing::TestWithParam<harness::Shape> {
 protected:
  void Start(harness::DeploymentOptions options = {}) {
    options.shape = GetParam();
    deployment_ = StartDeployment("lifecycle", options);
  }
  std::shared_ptr<grpc::Channel> Client() {
    return Connect(deployment_->partner_server->Address("client"), harness::kPartnerServer, deployment_->south,
                   &deployment_->north.Issue(harness::kClient));
  }
  v1::MigrationRecord RecordOf(const User& user) {
    return harness::RecordsOf(Connect(deployment_->primary_server_a->Address("operators"), harness::kPrimaryServerA,
                                      deployment_->north, &deployment_->north.Issue(harness::kNorthOperator)))
        .at(user.PrimaryId());
  }
  bool IsServed(const User& user) {
    return harness::VisitorsOf(Connect(deployment_->partner_server->Address("operators"), harness::kPartnerServer,
                                       deployment_->south, &deployment_->south.Issue(harness::kSouthOperator)))
        .contains(user.PrimaryId());
  }
  v1::MigrationEpoch Migrate(const User& user) {
    const harness::Answer answer = Ask<PartnerMcServiceServer>(Client(), RequestOf(user), deployment_->TokenOf(user));
    EXPECT_EQ(answer.Outcome(), "SUCCESS") << answer.status.error_message();
    return answer.response.epoch();
  }
  struct Ended {
    grpc::Status status;
    v1::EndMigrationResponse response;
  };
  Ended End(const User& user, const v1::MigrationEpoch& epoch, const std::string& token) {
    v1::EndMigrationRequest request;
    request.set_partner_mc_service_id(user.PartnerId());
    request.set_primary_mc_service_id(user.PrimaryId());
    request.set_mc_service(v1::MC_SERVICE_MCPTT);
    *request.mutable_epoch() = epoch;
    grpc::ClientContext context;
    SetDeadline(context);
    context.AddMetadata("authorization", "Bearer " + token);
    Ended ended;
    ended.status = PartnerMcServiceServer::NewStub(Client())->EndMigration(&context, request, &ended.response);
    return ended;
  }
  v1::GetMigrationStatusResponse StatusOf(const User& user, const std::string& token) {
    v1::GetMigrationStatusRequest request;
    request.set_partner_mc_service_id(user.PartnerId());
    request.set_primary_mc_service_id(user.PrimaryId());
    request.set_mc_service(v1::MC_SERVICE_MCPTT);
    grpc::ClientContext context;
    SetDeadline(context);
    context.AddMetadata("authorization", "Bearer " + token);
    v1::GetMigrationStatusResponse response;
    const grpc::Status status =
        PartnerMcServiceServer::NewStub(Client())->GetMigrationStatus(&context, request, &response);
    EXPECT_TRUE(status.ok()) << status.error_message();
    return response;
  }
  // A command about alice, of an application at the client agent.
  harness::CommandResult AtAgent(std::vector<std::string> arguments) {
    arguments.insert(arguments.end(),
                     {"--user", harness::kAlice.PrimaryId(), "--partner", "south", "--service", "MCPTT"});
    return deployment_->Run(std::move(arguments), deployment_->client_agent->Address("client"), harness::kClient,
                            deployment_->north.Issue(harness::kApplication), deployment_->north);
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

TEST_P(LifecycleTest, TheUserEndsTheMigrationAndALateRepetitionEndsNoLaterOne) {
  Start();
  const std::string token = deployment_->TokenOf(harness::kAlice);
  const v1::MigrationEpoch first = Migrate(harness::kAlice);
  EXPECT_TRUE(StatusOf(harness::kAlice, token).served());
  EXPECT_EQ(StatusOf(harness::kAlice, token).epoch().counter(), first.counter());

  const Ended ended = End(harness::kAlice, first, token);
  ASSERT_TRUE(ended.status.ok()) << ended.status.error_message();
  EXPECT_EQ(ended.response.result(), v1::END_RESULT_ENDED);
  EXPECT_EQ(RecordOf(harness::kAlice).state(), v1::MIGRATION_STATE_AT_PRIMARY);
  EXPECT_FALSE(IsServed(harness::kAlice));
  EXPECT_FALSE(StatusOf(harness::kAlice, token).served());
  EXPECT_EQ(End(harness::kAlice, first, token).response.result(), v1::END_RESULT_NOT_ON_RECORD);

  const v1::MigrationEpoch second = Migrate(harness::kAlice);
  const Ended late = End(harness::kAlice, first, token);
  EXPECT_EQ(late.response.result(), v1::END_RESULT_STALE);
  EXPECT_EQ(late.response.current_epoch().counter(), second.counter());
  EXPECT_EQ(RecordOf(harness::kAlice).state(), v1::MIGRATION_STATE_MIGRATED);
  EXPECT_TRUE(IsServed(harness::kAlice));
}

TEST_P(LifecycleTest, AnApplicationAsksWhetherItsUserIsServedAndEndsThat) {
  Start();
  EXPECT_EQ(AtAgent({"status"}).out, "NOT SERVED\n");
  ASSERT_EQ(AtAgent({"migrate"}).exit_code, 0);
  const harness::CommandResult served = AtAgent({"status"});
  EXPECT_EQ(served.exit_code, 0) << served.err;
  EXPECT_EQ(served.out.rfind("SERVED\nepoch                  1.1\n", 0), 0U) << served.out;

  EXPECT_EQ(AtAgent({"end", "--epoch", "1.2"}).exit_code, 2);
  EXPECT_TRUE(IsServed(harness::kAlice));
  const harness::CommandResult ended = AtAgent({"end", "--epoch", "1.1"});
  EXPECT_EQ(ended.exit_code, 0) << ended.out << ended.err;
  EXPECT_EQ(AtAgent({"status"}).out, "NOT SERVED\n");
  EXPECT_EQ(RecordOf(harness::kAlice).state(), v1::MIGRATION_STATE_AT_PRIMARY);
  const harness::CommandResult again = AtAgent({"end", "--epoch", "1.1"});
  EXPECT_EQ(again.exit_code, 2);
  EXPECT_EQ(again.out.rfind("NOT ON RECORD\n", 0), 0U) << again.out;
}

TEST_P(LifecycleTest, ATokenOfAnotherUserEndsNothingAndTellsNothing) {
  Start({.load_users = 1});
  const v1::MigrationEpoch epoch = Migrate(harness::kAlice);
  const std::string token = deployment_->TokenOf(harness::LoadUser(0));
  const Ended ended = End(harness::kAlice, epoch, token);
  ASSERT_TRUE(ended.status.ok());
  EXPECT_EQ(ended.response.result(), v1::END_RESULT_REFUSED);
  EXPECT_EQ(ended.response.refusal_cause(), v1::REFUSAL_CAUSE_ACCESS_TOKEN_OF_ANOTHER_USER);
  const v1::GetMigrationStatusResponse status = StatusOf(harness::kAlice, token);
  EXPECT_EQ(status.refusal_cause(), v1::REFUSAL_CAUSE_ACCESS_TOKEN_OF_ANOTHER_USER);
  EXPECT_FALSE(status.has_epoch());
  EXPECT_EQ(RecordOf(harness::kAlice).state(), v1::MIGRATION_STATE_MIGRATED);
  EXPECT_TRUE(IsServed(harness::kAlice));
}

TEST_P(LifecycleTest, ThePartnerIsToldWhenTheAuthorizationEnds) {
  Start({.primary_server_config = "authorized_for: 60s\nclock_skew: 0s\n"});
  const v1::MigrationEpoch epoch = Migrate(harness::kAlice);
  const v1::GetMigrationStatusResponse status = StatusOf(harness::kAlice, deployment_->TokenOf(harness::kAlice));
  ASSERT_TRUE(status.has_authorized_until());
  EXPECT_EQ(status.epoch().counter(), epoch.counter());
}

// The primary is asked directly, as a hostile or a mistaken peer would.
TEST_P(LifecycleTest, APartnerLearnsOnlyOfItsOwnAndEndsOnlyItsOwn) {
  Start();
  Migrate(harness::kAlice);
  const bool gateway = GetParam().primary_gateway;
  const auto channel =
      Connect((gateway ? deployment_->north_gateway : deployment_->primary_server_a)->Address("outside"),
              gateway ? harness::kNorthGateway : harness::kPrimaryServerA, deployment_->north,
              &deployment_->west.Issue("gateway.west.example"));
  v1::ReconcileMigrationsResponse page;
  v1::EndMigrationRequest end;
  end.set_partner_mc_service_id("sip:visitor-alice@west.example");
  end.set_primary_mc_service_id(harness::kAlice.PrimaryId());
  end.set_mc_service(v1::MC_SERVICE_MCPTT);
  end.mutable_epoch()->set_incarnation(1);
  end.mutable_epoch()->set_counter(1);
  end.set_request_id(std::string(16, 'r'));
  v1::EndMigrationResponse ended;
  grpc::ClientContext list;
  SetDeadline(list);
  grpc::ClientContext context;
  SetDeadline(context);
  if (gateway) {
    const auto stub = v1::PrimaryMcGatewayServer::NewStub(channel);
    ASSERT_TRUE(stub->ReconcileMigrations(&list, {}, &page).ok());
    ASSERT_TRUE(stub->EndMigration(&context, end, &ended).ok());
  } else {
    const auto stub = v1::PrimaryMcServiceServer::NewStub(channel);
    ASSERT_TRUE(stub->ReconcileMigrations(&list, {}, &page).ok());
    ASSERT_TRUE(stub->EndMigration(&context, end, &ended).ok());
  }
  EXPECT_EQ(page.migrations_size(), 0);
  EXPECT_EQ(ended.result(), v1::END_RESULT_NOT_ON_RECORD);
  EXPECT_EQ(RecordOf(harness::kAlice).state(), v1::MIGRATION_STATE_MIGRATED);
}

TEST_P(LifecycleTest, AVisitorOfWhichThePartnerLostTheRecordIsEndedAtThePrimary) {
  Start({.partner_server_config = "reconcile_interval: 1s\norphan_grace: 1s\n"});
  Migrate(harness::kAlice);
  // As if the answer had been lost before it was installed.
  deployment_->partner_server->Kill();
  deployment_->RemovePartnerStore();
  ASSERT_TRUE(deployment_->KillAndRestart(&harness::Deployment::partner_server).ok());
  EXPECT_TRUE(Eventually([this] { return RecordOf(harness::kAlice).state() == v1::MIGRATION_STATE_AT_PRIMARY; }));
}

INSTANTIATE_TEST_SUITE_P(Shapes, LifecycleTest,
                         testing::Values(harness::kBothGateways,
                                         harness::Shape{.partner_gateway = true, .primary_gateway = false},
                                         harness::Shape{.partner_gateway = false, .primary_gateway = true},
                                         harness::kDirect));

}  // namespace
}  // namespace mcmig::chain
