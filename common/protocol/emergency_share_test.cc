#include "common/protocol/emergency_share.h"

#include <utility>

#include "absl/status/status.h"
#include "common/identity/mc_service_id.h"
#include "common/protocol/pushback.h"
#include "gtest/gtest.h"
#include "mcmig/v1/migration.pb.h"

namespace mcmig::protocol {
namespace {

using identity::Listener;
using identity::Role;

constexpr absl::Duration kHint = absl::Milliseconds(321);

AuthorizationRequest Request(EmergencyShare share) {
  return {.partner_mc_service_id = *identity::McServiceId::Parse("sip:visitor@south.example"),
          .primary_mc_service_id = *identity::McServiceId::Parse("sip:alice@north.example"),
          .emergency_share = share};
}

Call CallOf(std::optional<absl::Duration> only) {
  Call call;
  call.emergency_only = only;
  return call;
}

TEST(EmergencyOnlyTest, TheTransportOrTheOwnGatewaySaysIt) {
  EXPECT_EQ(EmergencyOnly(CallOf(std::nullopt), Request(EmergencyShare::kNothing)), std::nullopt);
  EXPECT_EQ(EmergencyOnly(CallOf(std::nullopt), Request(EmergencyShare::kMayUse)), std::nullopt);
  EXPECT_EQ(EmergencyOnly(CallOf(kHint), Request(EmergencyShare::kNothing)), kHint);
  EXPECT_EQ(EmergencyOnly(CallOf(kHint), Request(EmergencyShare::kMayUse)), kHint);
  EXPECT_EQ(EmergencyOnly(CallOf(kHint), Request(EmergencyShare::kOnly)), kHint);
  EXPECT_TRUE(EmergencyOnly(CallOf(std::nullopt), Request(EmergencyShare::kOnly)).has_value());
}

TEST(CheckRoomTest, OnlyWhereThereIsNoneItMattersWhoseRequestItIs) {
  for (const bool priority_user : {false, true}) {
    EXPECT_TRUE(CheckRoom(CallOf(std::nullopt), Request(EmergencyShare::kMayUse), priority_user).ok());
  }
  EXPECT_TRUE(CheckRoom(CallOf(kHint), Request(EmergencyShare::kNothing), /*priority_user=*/true).ok());
  EXPECT_EQ(CheckRoom(CallOf(kHint), Request(EmergencyShare::kNothing), /*priority_user=*/false),
            NoOrdinaryRoom(kHint));
}

TEST(WithinEmergencyShareTest, OrdinaryCallsKeepEveryAnswer) {
  EXPECT_EQ(WithinEmergencyShare(std::nullopt, Decision{.cause = Cause::kUserUnknown})->cause, Cause::kUserUnknown);
  const absl::Status busy = ResourceExhausted("the store is busy", absl::Seconds(9));
  EXPECT_EQ(WithinEmergencyShare(std::nullopt, busy).status(), busy);
}

TEST(WithinEmergencyShareTest, EveryRefusalLooksLikeNoRoom) {
  for (const CauseInfo& info : AllCauses()) {
    if (info.cause == Cause::kNone) continue;
    const absl::Status told = WithinEmergencyShare(kHint, Decision{.cause = info.cause}).status();
    EXPECT_EQ(told, NoOrdinaryRoom(kHint)) << info.name;
    EXPECT_EQ(PushbackOf(told), kHint) << info.name;
  }
  EXPECT_EQ(WithinEmergencyShare(kHint, ResourceExhausted("the store is busy", absl::Seconds(9))).status(),
            NoOrdinaryRoom(kHint));
}

TEST(WithinEmergencyShareTest, SuccessesAndErrorsStay) {
  const Decision success{.cause = Cause::kNone, .epoch = Epoch{.incarnation = 1, .counter = 7}};
  EXPECT_EQ(WithinEmergencyShare(kHint, success)->epoch, success.epoch);
  for (const absl::Status& error :
       {absl::UnavailableError("away"), absl::PermissionDeniedError("no"), absl::InvalidArgumentError("bad")}) {
    EXPECT_EQ(WithinEmergencyShare(kHint, error).status(), error);
  }
}

struct Saying {
  Listener listener;
  identity::Peer peer;
  v1::EmergencyShare share;
  bool believed;
};

absl::StatusOr<AuthorizationRequest> Parse(const Saying& saying, int share) {
  v1::MigrationServiceAuthorizationRequest message = ToProto(Request(EmergencyShare::kNothing));
  message.set_request_id(std::string(RequestId::kBytes, 'r'));
  message.mutable_issued_at()->set_seconds(1'800'000'000);
  if (saying.listener == Listener::kInside && saying.peer.own && saying.peer.role == Role::kGateway) {
    message.set_authenticated_peer_system("south");
  }
  message.set_emergency_share(static_cast<v1::EmergencyShare>(share));
  Call call;
  call.listener = saying.listener;
  call.peer = saying.peer;
  return ParseAuthorizationRequest(message, call);
}

TEST(EmergencyShareFieldTest, OnlyOwnServersAndGatewaysHaveAWordInItAndOnlyInside) {
  const identity::Peer server{"south", Role::kPartnerServer, true};
  const identity::Peer gateway{"north", Role::kGateway, true};
  const std::vector<Saying> sayings = {
      {Listener::kInside, server, v1::EMERGENCY_SHARE_MAY_USE, true},
      {Listener::kInside, server, v1::EMERGENCY_SHARE_ONLY, false},
      {Listener::kInside, gateway, v1::EMERGENCY_SHARE_MAY_USE, false},
      {Listener::kInside, gateway, v1::EMERGENCY_SHARE_ONLY, true},
      {Listener::kInside, {"south", Role::kPartnerServer, false}, v1::EMERGENCY_SHARE_MAY_USE, false},
      {Listener::kInside, {"south", Role::kGateway, false}, v1::EMERGENCY_SHARE_ONLY, false},
      {Listener::kOutside, {"south", Role::kPartnerServer, false}, v1::EMERGENCY_SHARE_MAY_USE, false},
      {Listener::kOutside, {"south", Role::kGateway, false}, v1::EMERGENCY_SHARE_MAY_USE, false},
      {Listener::kOutside, {"south", Role::kGateway, false}, v1::EMERGENCY_SHARE_ONLY, false},
      {Listener::kOutside, server, v1::EMERGENCY_SHARE_MAY_USE, false},
      {Listener::kOutside, gateway, v1::EMERGENCY_SHARE_ONLY, false},
      {Listener::kClient, {"north", Role::kClient, false}, v1::EMERGENCY_SHARE_MAY_USE, false},
      {Listener::kClient, server, v1::EMERGENCY_SHARE_MAY_USE, false},
  };
  for (const Saying& saying : sayings) {
    const auto parsed = Parse(saying, saying.share);
    EXPECT_EQ(parsed.ok(), saying.believed) << saying.share << " from " << saying.peer.system;
    if (parsed.ok()) {
      EXPECT_EQ(ToProto(*parsed).emergency_share(), saying.share);
      continue;
    }
    EXPECT_TRUE(absl::IsInvalidArgument(parsed.status()));
    EXPECT_EQ(parsed.status().message(), "emergency_share: is not for this peer to say");
    EXPECT_TRUE(Parse(saying, v1::EMERGENCY_SHARE_UNSPECIFIED).ok());
  }
  EXPECT_FALSE(Parse(sayings[0], 3).ok());
  EXPECT_FALSE(Parse(sayings[0], -1).ok());
}

// What it says is no part of what makes two requests the same: the first may come with room, its repetition without.
TEST(EmergencyShareFieldTest, ARepetitionMayDifferInIt) {
  EXPECT_EQ(DigestOf(Request(EmergencyShare::kNothing), "south"), DigestOf(Request(EmergencyShare::kOnly), "south"));
}

}  // namespace
}  // namespace mcmig::protocol
