#include "services/gateway/primary_gateway.h"

#include <optional>

#include "absl/status/status.h"
#include "common/protocol/pushback.h"
#include "gtest/gtest.h"
#include "services/testing/doors.h"
#include "services/testing/systems.h"

namespace mcmig::gateway {
namespace {

using identity::Listener;
using identity::Role;
using protocol::AuthorizationRequest;
using protocol::Cause;
using protocol::Decision;

Assignments TwoServers() {
  config::v1::GatewayConfig config;
  for (const char* id : {"sip:carol@north.example", testing::kAlice}) {
    config::v1::ServerAssignment& entry = *config.add_assignments();
    entry.set_service(config::v1::MCPTT);
    entry.add_mc_service_ids(id);
  }
  return *Assignments::Create(config.assignments());
}

class PrimaryGatewayTest : public ::testing::Test {
 protected:
  absl::StatusOr<v1::MigrationServiceAuthorizationResponse> Ask(const v1::MigrationServiceAuthorizationRequest& message,
                                                                const char* peer = "south") {
    testing::IncomingCall incoming(executor_, {peer, Role::kGateway, false}, Listener::kOutside);
    incoming.call.emergency_only = only_;
    auto answer = executor_.Run(gateway_.AuthorizeMigration(incoming.call, message));
    EXPECT_TRUE(answer.has_value());
    return answer.value_or(absl::InternalError("the handler did not end"));
  }

  async::ManualExecutor executor_;
  std::optional<absl::Duration> only_;  // of Call::emergency_only
  testing::ListLog log_;
  absl::StatusOr<Decision> answer_ = testing::Success(7);
  testing::ToldHop first_{[] { return absl::InternalError("not this user's server"); }};
  testing::ToldHop second_{[this] { return answer_; }};
  PrimaryGateway gateway_{PrimaryGatewayDoors{.systems = testing::MakeSystems(testing::SystemsAt("north")),
                                              .assignments = TwoServers(),
                                              .servers = {&first_, &second_},
                                              .every_server = {},
                                              .visitors_entries = {},
                                              .clock = &executor_,
                                              .log = &log_}};
  AuthorizationRequest request_ = testing::AliceToSouth('r', executor_.Now());
};

TEST_F(PrimaryGatewayTest, TheUsersServerIsAskedWithTheAuthenticatedPeer) {
  const auto response = Ask(ToProto(request_));
  ASSERT_TRUE(response.ok()) << response.status();
  EXPECT_EQ(response->result(), v1::MIGRATION_RESULT_SUCCESS);
  EXPECT_EQ(response->epoch().counter(), 7U);
  ASSERT_EQ(second_.asked.size(), 1U);
  AuthorizationRequest expected = request_;
  expected.authenticated_peer_system = "south";
  EXPECT_EQ(ToProto(second_.asked[0]).SerializeAsString(), ToProto(expected).SerializeAsString());
}

TEST_F(PrimaryGatewayTest, APeerThatSendsTheInsideFieldIsRefused) {
  request_.authenticated_peer_system = "south";
  EXPECT_TRUE(absl::IsInvalidArgument(Ask(ToProto(request_)).status()));
  EXPECT_TRUE(second_.asked.empty());
}

TEST_F(PrimaryGatewayTest, APeerCannotSpeakForAnotherSystem) {
  EXPECT_TRUE(absl::IsPermissionDenied(Ask(ToProto(request_), "east").status()));
  EXPECT_TRUE(second_.asked.empty());
}

TEST_F(PrimaryGatewayTest, OutsideUnknownUserUnknownServerAndRefusedProfileLookAlike) {
  const auto refusal = [this](Cause inside) {
    answer_ = testing::Refusal(inside);
    return *Ask(ToProto(request_));
  };
  const auto disabled = refusal(Cause::kProfileDisabled);
  EXPECT_EQ(disabled.refusal_cause(), v1::REFUSAL_CAUSE_NOT_AUTHORIZED_BY_PRIMARY);
  EXPECT_EQ(refusal(Cause::kUserUnknown).SerializeAsString(), disabled.SerializeAsString());
  request_.primary_mc_service_id = testing::Id("sip:bob@north.example");
  v1::MigrationServiceAuthorizationResponse no_server = *Ask(ToProto(request_));
  no_server.set_primary_mc_service_id(testing::kAlice);
  EXPECT_EQ(no_server.SerializeAsString(), disabled.SerializeAsString());
  // Operators see which was which.
  ASSERT_EQ(log_.entries.size(), 3U);
  EXPECT_EQ(log_.entries[0].decision.cause, Cause::kProfileDisabled);
  EXPECT_EQ(log_.entries[1].decision.cause, Cause::kUserUnknown);
  EXPECT_EQ(log_.entries[2].decision.cause, Cause::kNoServerForUser);
}

TEST_F(PrimaryGatewayTest, WithoutOrdinaryRoomTheServerDecidesAndAllWhoAreRefusedLookAlike) {
  only_ = absl::Milliseconds(77);
  EXPECT_EQ(Ask(ToProto(request_))->result(), v1::MIGRATION_RESULT_SUCCESS);
  EXPECT_EQ(second_.asked.at(0).emergency_share, protocol::EmergencyShare::kOnly);
  const absl::Status refused = protocol::ResourceExhausted("too many calls", *only_);
  answer_ = protocol::ResourceExhausted("of the server, with a hint of its own", absl::Seconds(9));
  EXPECT_EQ(Ask(ToProto(request_)).status(), refused);
  answer_ = testing::Refusal(Cause::kPrimaryCredentialInvalid);
  EXPECT_EQ(Ask(ToProto(request_)).status(), refused);
  for (const char* id : {"sip:bob@north.example", "sip:alice@east.example"}) {
    request_.primary_mc_service_id = testing::Id(id);
    EXPECT_EQ(Ask(ToProto(request_)).status(), refused) << id;
  }
  only_.reset();
  EXPECT_EQ(Ask(ToProto(request_))->refusal_cause(), v1::REFUSAL_CAUSE_NOT_AUTHORIZED_BY_PRIMARY);
}

TEST_F(PrimaryGatewayTest, AUserWithoutServerIsAnsweredAsTheUsersOfAServerThatIsFull) {
  PrimaryGateway gateway({.systems = testing::MakeSystems(testing::SystemsAt("north")),
                          .assignments = TwoServers(),
                          .servers = {&first_, &second_},
                          .every_server = {&second_},
                          .visitors_entries = {},
                          .clock = &executor_,
                          .log = &log_});
  const absl::Status full = protocol::ResourceExhausted("too many calls", absl::Milliseconds(77));
  answer_ = full;
  second_.of_one = full;
  for (const char* id : {testing::kAlice, "sip:bob@north.example"}) {
    request_.primary_mc_service_id = testing::Id(id);
    testing::IncomingCall incoming(executor_, {"south", Role::kGateway, false}, Listener::kOutside);
    EXPECT_EQ(executor_.Run(gateway.AuthorizeMigration(incoming.call, ToProto(request_)))->status(), full) << id;
  }
}

TEST_F(PrimaryGatewayTest, NobodyOutsideHasAWordAboutTheShare) {
  for (const auto share : {protocol::EmergencyShare::kMayUse, protocol::EmergencyShare::kOnly}) {
    request_.emergency_share = share;
    const absl::Status refused = Ask(ToProto(request_)).status();
    EXPECT_EQ(refused, absl::InvalidArgumentError("emergency_share: missing, malformed or not allowed here"));
  }
  EXPECT_TRUE(second_.asked.empty());
}

TEST_F(PrimaryGatewayTest, UsersOfOtherSystemsAreRefusedWithoutAskingAnyServer) {
  request_.primary_mc_service_id = testing::Id("sip:alice@east.example");
  const auto response = Ask(ToProto(request_));
  ASSERT_TRUE(response.ok()) << response.status();
  EXPECT_EQ(response->refusal_cause(), v1::REFUSAL_CAUSE_NOT_AUTHORIZED_BY_PRIMARY);
  EXPECT_EQ(log_.entries.at(0).decision.cause, Cause::kNotAUserOfThisSystem);
  EXPECT_TRUE(second_.asked.empty());
}

TEST_F(PrimaryGatewayTest, AboutOneUserTheUsersServerIsAskedAndUnknownOnesAreNotOnRecord) {
  const auto reconcile = [this](const char* peer) {
    const protocol::ReconcileRequest request{.user = UserOf(request_)};
    testing::IncomingCall incoming(executor_, {peer, Role::kGateway, false}, Listener::kOutside);
    return *executor_.Run(gateway_.ReconcileMigrations(incoming.call, ToProto(request)));
  };
  second_.of_one->entries = {{.user = UserOf(request_), .epoch = {1, 7}}};
  const auto page = reconcile("south");
  ASSERT_TRUE(page.ok()) << page.status();
  EXPECT_EQ(page->migrations_size(), 1);
  ASSERT_EQ(second_.reconciled.size(), 1U);
  EXPECT_EQ(second_.reconciled[0].authenticated_peer_system, "south");
  EXPECT_TRUE(absl::IsPermissionDenied(reconcile("east").status()));
  for (const char* unknown : {"sip:bob@north.example", "sip:alice@east.example"}) {
    request_.primary_mc_service_id = testing::Id(unknown);
    EXPECT_EQ(reconcile("south")->migrations_size(), 0);
  }
  EXPECT_EQ(second_.reconciled.size(), 1U);
  EXPECT_TRUE(first_.reconciled.empty());
}

TEST_F(PrimaryGatewayTest, NoTextOfTheInsideCrosses) {
  answer_ = absl::UnavailableError("primary-2.inside:4711 refused");
  const auto response = Ask(ToProto(request_));
  EXPECT_TRUE(absl::IsUnavailable(response.status()));
  EXPECT_EQ(response.status().message().find("primary-2"), absl::string_view::npos);
  EXPECT_EQ(second_.asked.size(), 1U);
}

}  // namespace
}  // namespace mcmig::gateway
