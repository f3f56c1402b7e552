// What comes through the emergency share: priority users by their own profile, and a refusal that tells nothing.
#include <string>

#include "absl/status/status.h"
#include "common/protocol/pushback.h"
#include "gtest/gtest.h"
#include "services/primary_server/primary_server.h"
#include "services/primary_server/primary_server_test_fixture.h"

namespace mcmig::primary_server {
namespace {

constexpr absl::Duration kHint = absl::Milliseconds(77);

class EmergencyShareTest : public PrimaryServerTest {
 protected:
  void Mark(uint8_t index, bool enabled = true) {
    auto entry = Profile(index, enabled, {"south"});
    entry.profile.priority = true;
    EXPECT_TRUE(store_.ImportProfiles({entry}).ok());
  }
  // As a peer for which there is no ordinary room.
  absl::StatusOr<Response> AskInShare(AuthorizationRequest request) {
    request.authenticated_peer_system.reset();
    PrimaryServer server = Server();
    testing::IncomingCall incoming(executor_, {"south", Role::kPartnerServer, false}, Listener::kOutside);
    incoming.call.emergency_only = kHint;
    return *executor_.Run(server.AuthorizeMigration(incoming.call, ToProto(request)));
  }
  // As the own gateway, for such a peer.
  absl::StatusOr<Response> AskThroughGateway(AuthorizationRequest request) {
    request.emergency_share = protocol::EmergencyShare::kOnly;
    return Ask(request);
  }
};

TEST_F(EmergencyShareTest, OnlyAUserWithAPriorityProfileIsLetIn) {
  const absl::Status refused = protocol::ResourceExhausted("too many calls", kHint);
  EXPECT_EQ(AskInShare(Request('r')).status(), refused);
  EXPECT_TRUE(protocol::PushbackOf(AskThroughGateway(Request('r')).status()).has_value());
  EXPECT_FALSE(AlicesRecord().has_value());
  Mark(1);
  EXPECT_EQ(AskInShare(Request('r'))->result(), v1::MIGRATION_RESULT_SUCCESS);
  EXPECT_EQ(AskThroughGateway(Request('s'))->result(), v1::MIGRATION_RESULT_SUCCESS);
}

TEST_F(EmergencyShareTest, WhatWasRecordedWithRoomIsToldAgainWithout) {
  Mark(1);
  const auto first = AskDirectly(Request('r'));
  ASSERT_TRUE(first.ok()) << first.status();
  EXPECT_EQ(AskInShare(Request('r'))->epoch().counter(), first->epoch().counter());
}

TEST_F(EmergencyShareTest, EveryRefusalLooksLikeNoRoom) {
  Mark(1);
  Mark(2, /*enabled=*/false);
  const auto expect_no_room = [this](const char* who, void (*change)(AuthorizationRequest&)) {
    AuthorizationRequest request = Request('r');
    change(request);
    EXPECT_EQ(AskInShare(request).status(), protocol::ResourceExhausted("too many calls", kHint)) << who;
    const absl::Status inside = AskThroughGateway(request).status();
    EXPECT_EQ(inside, AskThroughGateway(request).status());
    EXPECT_TRUE(protocol::PushbackOf(inside).has_value()) << who;
  };
  expect_no_room("unmarked profile", [](auto& r) { r.profile_index = 0; });
  expect_no_room("marked, but disabled", [](auto& r) { r.profile_index = 2; });
  expect_no_room("no such profile", [](auto& r) { r.profile_index = 9; });
  expect_no_room("unknown", [](auto& r) { r.primary_mc_service_id = testing::Id("sip:bob@north.example"); });
  expect_no_room("of another system", [](auto& r) { r.primary_mc_service_id = testing::Id("sip:a@east.example"); });
  expect_no_room("no agreement", [](auto& r) { r.service = McService::kMcdata; });
  expect_no_room("wrong credential", [](auto& r) { r.primary_credential = "no.such.credential"; });
  expect_no_room("too old", [](auto& r) { r.issued_at = *r.issued_at - absl::Hours(2); });
  EXPECT_TRUE(store_.ListRecords(std::nullopt, 10)->empty());
  // Operators see which was which.
  EXPECT_EQ(log_.entries.at(3).decision.cause, Cause::kProfileDisabled);
}

TEST_F(EmergencyShareTest, AnOrdinaryCallIsToldItsCauseWhateverTheProfileSays) {
  Mark(2, /*enabled=*/false);
  AuthorizationRequest request = Request('r');
  request.profile_index = 2;
  ExpectRefused(Ask(request), v1::REFUSAL_CAUSE_PROFILE_DISABLED);
  ExpectRefused(AskDirectly(request), v1::REFUSAL_CAUSE_NOT_AUTHORIZED_BY_PRIMARY);
}

TEST_F(EmergencyShareTest, APeersOwnWordIsRefused) {
  Mark(1);
  AuthorizationRequest request = Request('r');
  for (const auto share : {protocol::EmergencyShare::kMayUse, protocol::EmergencyShare::kOnly}) {
    request.emergency_share = share;
    EXPECT_TRUE(absl::IsInvalidArgument(AskDirectly(request).status()));
    EXPECT_TRUE(absl::IsInvalidArgument(AskInShare(request).status()));
  }
  EXPECT_FALSE(AlicesRecord().has_value());
}

}  // namespace
}  // namespace mcmig::primary_server
