// Where an MC system has used up its ordinary room, priority users migrate all the same, and others look alike.
#include <csignal>
#include <future>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "gtest/gtest.h"
#include "mcmig/v1/partner_mc_service_server.grpc.pb.h"
#include "mcmig/v1/primary_mc_gateway_server.grpc.pb.h"
#include "mcmig/v1/primary_mc_service_server.grpc.pb.h"
#include "tests/chain/start_deployment.h"
#include "tests/harness/stubs.h"
#include "tests/metrics/scrape.h"

namespace mcmig::chain {
namespace {

using harness::Answer;
using harness::Deployment;
using harness::kAlice;
using harness::LoadUser;
using harness::RequestOf;

constexpr int kRounds = 10;
const harness::User kElsewhere{"alicia", "west.example"};

// Alice is a priority user of both systems; load users are ordinary ones, but for number 1, who is one at south only.
class EmergencyShareTest : public ::testing::TestWithParam<harness::Shape> {
 protected:
  void Start(harness::DeploymentOptions options) {
    options.shape = GetParam();
    options.load_users = 3;
    deployment_ = StartDeployment("emergency-share", options);
    client_ = harness::Connect(deployment_->partner_server->Address("client"), harness::kPartnerServer,
                               deployment_->south, &deployment_->north.Issue(harness::kClient));
    const std::string profiles = testing::TempDir() + "/priority-profiles.jsonl";
    harness::WriteFile(profiles, absl::StrCat(R"({"mc_service_id":")", kAlice.PrimaryId(),
                                              R"(","mc_service":"MC_SERVICE_MCPTT","mc_service_user_profile_index":1,)"
                                              R"("partner_systems":[{"system":"south"}],"priority":true,)"
                                              R"("status":"USER_PROFILE_STATUS_ENABLED"})"));
    const harness::CommandResult imported = deployment_->AtPrimary({"profiles", "import", profiles});
    ASSERT_EQ(imported.exit_code, 0) << imported.err;
    const std::string visitors = testing::TempDir() + "/priority-visitors.jsonl";
    harness::WriteFile(visitors, absl::StrCat(Expected(kAlice), Expected(LoadUser(1))));
    const harness::CommandResult expected = deployment_->AtPartner({"visitors", "import", visitors});
    ASSERT_EQ(expected.exit_code, 0) << expected.err;
  }
  static std::string Expected(const harness::User& user) {
    return absl::StrCat(R"({"primary_system":"north","primary_mc_service_id":")", user.PrimaryId(),
                        R"(","mc_service":"MC_SERVICE_MCPTT","until":"2100-01-01T00:00:00Z","priority":true})", "\n");
  }
  [[nodiscard]] v1::MigrationServiceAuthorizationRequest WithConsent(const harness::User& user) const {
    v1::MigrationServiceAuthorizationRequest request = RequestOf(user);
    request.set_primary_credential(deployment_->PrimaryCredential({.primary_id = user.PrimaryId()}));
    return request;
  }
  Answer Ask(const harness::User& user) { return AskWith(WithConsent(user), user); }
  Answer AskWith(const v1::MigrationServiceAuthorizationRequest& request, const harness::User& user) {
    return harness::Ask<v1::PartnerMcServiceServer>(client_, request, deployment_->TokenOf(user));
  }
  // As south's server at the border to north's.
  Answer AskNorth(const v1::MigrationServiceAuthorizationRequest& request) {
    if (GetParam().primary_gateway) {
      return harness::Ask<v1::PrimaryMcGatewayServer>(ToNorth(harness::kNorthGateway, harness::kSouthGateway), request);
    }
    return harness::Ask<v1::PrimaryMcServiceServer>(ToNorth(harness::kPrimaryServerA, harness::kPartnerServer),
                                                    request);
  }
  const std::shared_ptr<grpc::Channel>& ToNorth(const char* server, const char* own) {
    if (north_ == nullptr) {
      north_ = harness::Connect(NorthsBorder().Address("outside"), server, deployment_->north,
                                &deployment_->south.Issue(own));
    }
    return north_;
  }
  [[nodiscard]] const harness::Process& NorthsBorder() const {
    return GetParam().primary_gateway ? *deployment_->north_gateway : *deployment_->primary_server_a;
  }
  [[nodiscard]] const harness::Process& SouthsBorder() const {
    return GetParam().partner_gateway ? *deployment_->south_gateway : *deployment_->partner_server;
  }
  static double Counted(const harness::Process& process, const std::string& name, const ops::Labels& labels = {}) {
    return metrics::Scrape(process).Sum(name, labels).value_or(0);
  }
  static void ExpectNoRoom(const Answer& answer) {
    EXPECT_EQ(answer.Outcome(), "RESOURCE_EXHAUSTED");
    EXPECT_EQ(answer.trailers.count("grpc-retry-pushback-ms"), 1U);
  }

  std::unique_ptr<Deployment> deployment_;
  std::shared_ptr<grpc::Channel> client_;
  std::shared_ptr<grpc::Channel> north_;
};

// One ordinary call a second is let in, and far more come.
TEST_P(EmergencyShareTest, APriorityUserIsLetInWhereOthersAreNot) {
  Start({.limits_of_south = "{incoming_per_second: 1}"});
  int ordinary = 0;
  int of_south_only = 0;
  for (int i = 0; i < kRounds; ++i) {
    const Answer refused = Ask(LoadUser(0));
    if (refused.Outcome() != "SUCCESS") {
      ++ordinary;
      ExpectNoRoom(refused);
    }
    EXPECT_EQ(Ask(kAlice).Outcome(), "SUCCESS");
    // South's list says nothing at north.
    of_south_only += Ask(LoadUser(1)).Outcome() == "RESOURCE_EXHAUSTED" ? 1 : 0;
  }
  EXPECT_GT(ordinary, 0);
  EXPECT_GT(of_south_only, 0);
  EXPECT_GT(Counted(NorthsBorder(), "mcmig_rpc_server_emergency_total", {{"listener", "outside"}}), 0);
}

// North's server stands still with the one call that south has room for.
TEST_P(EmergencyShareTest, StalledCallsLeaveRoomForAPriorityUser) {
  Start({.limits_of_north = "{max_outgoing: 1, max_emergency_in_flight: 1, longest_call: 30s}"});
  // The connections are there before anything stalls.
  ASSERT_EQ(Ask(LoadUser(2)).Outcome(), "SUCCESS");
  const auto sent = [this] {
    return Counted(SouthsBorder(), "mcmig_rpc_client_started_total", {{"target_system", "north"}});
  };
  const double before = sent();
  deployment_->primary_server_a->Signal(SIGSTOP);
  auto stalled = std::async(std::launch::async, [this] { return Ask(LoadUser(0)).Outcome(); });
  EXPECT_TRUE(metrics::Eventually([&] { return sent() > before; }));
  ExpectNoRoom(Ask(LoadUser(2)));
  auto urgent = std::async(std::launch::async, [this] { return Ask(kAlice).Outcome(); });
  EXPECT_TRUE(
      metrics::Eventually([this] { return Counted(SouthsBorder(), "mcmig_peer_server_emergency_total") == 1; }));
  // The share is bounded, too.
  ExpectNoRoom(Ask(LoadUser(1)));
  deployment_->primary_server_a->Signal(SIGCONT);
  EXPECT_EQ(stalled.get(), "SUCCESS");
  EXPECT_EQ(urgent.get(), "SUCCESS");
}

// To say so oneself is an error, with room and without, also of a priority user.
TEST_P(EmergencyShareTest, NobodysOwnWordCounts) {
  Start({.limits_of_south = "{incoming_per_second: 1}"});
  for (const auto share : {v1::EMERGENCY_SHARE_MAY_USE, v1::EMERGENCY_SHARE_ONLY}) {
    for (const harness::User& user : {LoadUser(0), kAlice}) {
      v1::MigrationServiceAuthorizationRequest request = RequestOf(user);
      request.set_emergency_share(share);
      for (int i = 0; i < kRounds; ++i) {
        EXPECT_EQ(AskWith(request, user).Outcome(), "INVALID_ARGUMENT");
        EXPECT_EQ(AskNorth(request).Outcome(), "INVALID_ARGUMENT");
      }
    }
  }
  EXPECT_EQ(
      harness::RecordsOf(harness::Connect(deployment_->primary_server_a->Address("operators"), harness::kPrimaryServerA,
                                          deployment_->north, &deployment_->north.Issue(harness::kNorthOperator)))
          .size(),
      0U);
}

// A partner that has no room learns of no user whether there is one, and who is a priority user.
TEST_P(EmergencyShareTest, WhoIsRefusedInTheShareLooksLikeAnybody) {
  Start({.require_primary_credential = true, .limits_of_south = "{incoming_per_second: 1}"});
  const absl::Time begun = absl::Now();
  int with_room = 0;
  for (int i = 0; i < kRounds; ++i) {
    for (const harness::User& user :
         {kAlice, harness::kBob, harness::kCarol, harness::kGrace, LoadUser(0), kElsewhere}) {
      // None of them shows that the user agrees.
      const Answer answer = AskNorth(RequestOf(user));
      if (answer.Outcome() == "FAILURE NOT_AUTHORIZED_BY_PRIMARY") {
        ++with_room;
        continue;
      }
      ExpectNoRoom(answer);
      EXPECT_EQ(answer.status.error_message(), "too many calls");
      EXPECT_EQ(answer.status.error_details(), "");
      EXPECT_EQ(answer.trailers.size(), 1U);
    }
    EXPECT_EQ(AskNorth(WithConsent(kAlice)).Outcome(), "SUCCESS");
  }
  EXPECT_LE(with_room, 2 + absl::ToDoubleSeconds(absl::Now() - begun));
}

INSTANTIATE_TEST_SUITE_P(Shapes, EmergencyShareTest, ::testing::Values(harness::kBothGateways, harness::kDirect),
                         [](const auto& info) { return info.param.partner_gateway ? "Gateways" : "Servers"; });

}  // namespace
}  // namespace mcmig::chain
