#include "services/gateway/partner_gateway.h"

#include <optional>
#include <vector>

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

class PartnerGatewayTest : public ::testing::Test {
 protected:
  absl::StatusOr<v1::MigrationServiceAuthorizationResponse> Ask(const v1::MigrationServiceAuthorizationRequest& message,
                                                                std::optional<absl::Duration> only = std::nullopt) {
    testing::IncomingCall incoming(executor_, {"south", Role::kPartnerServer, true}, Listener::kInside);
    incoming.call.emergency_only = only;
    auto answer = executor_.Run(gateway_.AuthorizeMigration(incoming.call, message));
    EXPECT_TRUE(answer.has_value());
    return answer.value_or(absl::InternalError("the handler did not end"));
  }

  async::ManualExecutor executor_;
  testing::ListLog log_;
  absl::StatusOr<Decision> answer_ = testing::Success(7);
  testing::ToldHop north_{[this] { return answer_; }};
  testing::ToldHop east_{[] { return absl::InternalError("east must not be asked"); }};
  PartnerGateway gateway_{PartnerGatewayDoors{.systems = testing::MakeSystems(testing::SystemsAt("south")),
                                              .entries = {{"north", &north_}, {"east", &east_}},
                                              .server = nullptr,
                                              .clock = &executor_,
                                              .log = &log_}};
  const AuthorizationRequest request_ = testing::AliceToSouth('r', executor_.Now());
};

TEST_F(PartnerGatewayTest, TheRequestGoesToTheSystemOfThePrimaryIdAndTheAnswerComesBack) {
  const auto response = Ask(ToProto(request_));
  ASSERT_TRUE(response.ok()) << response.status();
  EXPECT_EQ(response->result(), v1::MIGRATION_RESULT_SUCCESS);
  EXPECT_EQ(response->partner_mc_service_id(), testing::kVisitor);
  EXPECT_EQ(response->primary_mc_service_id(), testing::kAlice);
  EXPECT_EQ(response->epoch().counter(), 7U);
  ASSERT_EQ(north_.asked.size(), 1U);
  EXPECT_EQ(ToProto(north_.asked[0]).SerializeAsString(), ToProto(request_).SerializeAsString());
}

TEST_F(PartnerGatewayTest, ARefusedRequestNeverLeaves) {
  AuthorizationRequest request = request_;
  request.primary_mc_service_id = testing::Id("sip:alice@south.example");
  const auto response = Ask(ToProto(request));
  ASSERT_TRUE(response.ok()) << response.status();
  EXPECT_EQ(response->result(), v1::MIGRATION_RESULT_FAILURE);
  EXPECT_EQ(response->refusal_cause(), v1::REFUSAL_CAUSE_OWN_SYSTEM);
  EXPECT_EQ(response->primary_mc_service_id(), "sip:alice@south.example");
  EXPECT_TRUE(north_.asked.empty());
  ASSERT_EQ(log_.entries.size(), 1U);
  EXPECT_STREQ(log_.entries[0].decision.rule, "step4.primary_system_not_own");
}

TEST_F(PartnerGatewayTest, AServerCannotSpeakForAnotherSystem) {
  AuthorizationRequest request = request_;
  request.partner_mc_service_id = testing::Id("sip:visitor1@east.example");
  EXPECT_TRUE(absl::IsPermissionDenied(Ask(ToProto(request)).status()));
  EXPECT_TRUE(north_.asked.empty());
}

TEST_F(PartnerGatewayTest, ThePeerCannotRefuseInThisSystemsName) {
  answer_ = testing::Refusal(Cause::kAccessTokenExpired);
  const auto response = Ask(ToProto(request_));
  ASSERT_TRUE(response.ok()) << response.status();
  EXPECT_EQ(response->refusal_cause(), v1::REFUSAL_CAUSE_NOT_AUTHORIZED_BY_PRIMARY);
}

TEST_F(PartnerGatewayTest, AnUnknownOutcomeIsAskedOnceAndStaysUnknown) {
  answer_ = absl::UnavailableError("10.1.2.3:4711 refused");
  const auto response = Ask(ToProto(request_));
  EXPECT_TRUE(absl::IsUnavailable(response.status()));
  EXPECT_EQ(response.status().message().find("10.1.2.3"), absl::string_view::npos);
  EXPECT_EQ(north_.asked.size(), 1U);
  ASSERT_EQ(log_.entries.size(), 1U);
  EXPECT_TRUE(absl::IsUnavailable(log_.entries[0].status));
}

TEST_F(PartnerGatewayTest, TheServersWordLetsARequestUseTheShareAndDoesNotCross) {
  ASSERT_TRUE(Ask(ToProto(request_)).ok());
  AuthorizationRequest marked = request_;
  marked.emergency_share = protocol::EmergencyShare::kMayUse;
  ASSERT_TRUE(Ask(ToProto(marked)).ok());
  EXPECT_EQ(north_.for_priority_users, (std::vector<bool>{false, true}));
  EXPECT_EQ(ToProto(north_.asked.at(1)).SerializeAsString(), ToProto(request_).SerializeAsString());
}

TEST_F(PartnerGatewayTest, WithoutOrdinaryRoomOnlyMarkedRequestsGoOn) {
  const absl::Duration hint = absl::Milliseconds(77);
  const absl::Status refused = Ask(ToProto(request_), hint).status();
  EXPECT_EQ(protocol::PushbackOf(refused), hint) << refused;
  EXPECT_TRUE(north_.asked.empty());
  AuthorizationRequest marked = request_;
  marked.emergency_share = protocol::EmergencyShare::kMayUse;
  EXPECT_TRUE(Ask(ToProto(marked), hint).ok());
}

TEST_F(PartnerGatewayTest, AMalformedRequestIsTheCallersFault) {
  v1::MigrationServiceAuthorizationRequest message = ToProto(request_);
  message.clear_request_id();
  EXPECT_TRUE(absl::IsInvalidArgument(Ask(message).status()));
  message = ToProto(request_);
  message.set_authenticated_peer_system("north");
  EXPECT_TRUE(absl::IsInvalidArgument(Ask(message).status()));
  EXPECT_TRUE(north_.asked.empty());
  EXPECT_EQ(log_.entries.size(), 2U);
}

}  // namespace
}  // namespace mcmig::gateway
