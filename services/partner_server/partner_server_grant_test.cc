#include <functional>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "services/partner_server/partner_server_test_fixture.h"
#include "services/testing/grant_authority.h"

// What the primary MC service server signs, as the partner's server takes it: no gateway can speak for it.
namespace mcmig::partner_server {
namespace {

using ::testing::HasSubstr;

class PartnerServerGrantTest : public PartnerServerTest {
 protected:
  PartnerDoors SignedDoors() {
    PartnerDoors doors = Doors();
    config::v1::SystemTable table = testing::SystemsAt("south");
    testing::SystemIn(table, "north").mutable_agreement()->clear_unsigned_grants();
    doors.systems = testing::MakeSystems(table);
    doors.grants = {{"north", authority_.VerifierFor("south")}};
    return doors;
  }
  // What the primary answers to the request of the fixture, at epoch 1.7.
  [[nodiscard]] token::Grant Granted() const {
    const protocol::AuthorizationRequest request = testing::AliceToSouth('r', executor_.Now());
    return {.primary_mc_service_id = request.primary_mc_service_id,
            .partner_mc_service_id = request.partner_mc_service_id,
            .service = request.service,
            .profile_index = request.profile_index,
            .epoch = {1, 7},
            .authorized_until = absl::InfiniteFuture(),
            .request_id = *request.request_id,
            .request_digest = DigestOf(request, "south"),
            .issued = absl::FromUnixSeconds(absl::ToUnixSeconds(executor_.Now()))};
  }
  void Answer(const std::string& grant, protocol::Epoch epoch = {1, 7}) {
    Decision success{.rule = "next_hop.success", .epoch = epoch};
    success.grant = grant;
    answers_ = {success};
  }
  [[nodiscard]] std::string Sign(const token::Grant& grant) const { return *authority_.signer().Sign(grant, "south"); }
  absl::StatusOr<Response> AskSigned() {
    PartnerServer server(SignedDoors());
    return Ask(server, message_, Token());
  }
  void ExpectNotServed(const absl::StatusOr<Response>& response, const char* rule) {
    EXPECT_EQ(response.status().code(), absl::StatusCode::kUnavailable) << rule;
    EXPECT_THAT(std::string(response.status().message()), HasSubstr("outcome unknown: "));
    EXPECT_FALSE(AliceHere().has_value()) << rule;
    EXPECT_STREQ(log_.entries.back().decision.rule, rule);
    EXPECT_FALSE(log_.entries.back().status.ok());
  }
  absl::Status Cancel(const std::string& signed_cancel, protocol::Epoch epoch = {1, 7}) {
    PartnerServer server(SignedDoors());
    testing::IncomingCall incoming(executor_, {"south", Role::kGateway, true}, Listener::kInside);
    const protocol::CancelRequest request{.primary_mc_service_id = testing::Id(testing::kAlice),
                                          .epoch = epoch,
                                          .authenticated_peer_system = "north",
                                          .signed_cancel = signed_cancel};
    return executor_.Run(server.CancelMigration(incoming.call, ToProto(request)))->status();
  }
  [[nodiscard]] std::string SignCancel(protocol::Epoch epoch, const char* user = testing::kAlice) const {
    return *authority_.signer().Sign(
        token::SignedCancel{.primary_mc_service_id = testing::Id(user), .epoch = epoch, .issued = absl::UnixEpoch()},
        "south");
  }

  testing::GrantAuthority authority_;
};

TEST_F(PartnerServerGrantTest, ASignedSuccessIsServedAndTheClientSeesNoGrant) {
  Answer(Sign(Granted()));
  const auto response = AskSigned();
  ASSERT_TRUE(response.ok()) << response.status();
  EXPECT_EQ(response->result(), v1::MIGRATION_RESULT_SUCCESS);
  EXPECT_EQ(response->grant(), "");
  ASSERT_TRUE(AliceHere().has_value());
  EXPECT_TRUE(gateway_.ends.empty());
}

TEST_F(PartnerServerGrantTest, ASuccessWithoutGrantIsNotServedAndEndedAgain) {
  Answer("");
  ExpectNotServed(AskSigned(), "grant.presented");
  ASSERT_EQ(gateway_.ends.size(), 1U);
  EXPECT_EQ(gateway_.ends[0].epoch, (protocol::Epoch{1, 7}));
}

TEST_F(PartnerServerGrantTest, WithoutKeysNobodyIsServedUnlessUnsignedGrantsAreAgreedOn) {
  PartnerDoors doors = SignedDoors();
  doors.grants.clear();
  Answer(Sign(Granted()));
  PartnerServer server(doors);
  ExpectNotServed(Ask(server, message_, Token()), "grants.keys_configured");
  doors.systems = Doors().systems;
  PartnerServer unsigned_accepted(doors);
  EXPECT_TRUE(Ask(unsigned_accepted, message_, Token()).ok());
}

// Agreed on or not: where there are keys, they decide.
TEST_F(PartnerServerGrantTest, WithKeysAnUnsignedSuccessIsNeverServed) {
  PartnerDoors doors = SignedDoors();
  doors.systems = Doors().systems;
  Answer("");
  PartnerServer server(doors);
  ExpectNotServed(Ask(server, message_, Token()), "grant.presented");
}

TEST_F(PartnerServerGrantTest, AGrantForAnotherAnswerIsNotServed) {
  const std::vector<std::pair<const char*, std::function<void(token::Grant&)>>> cases = {
      {"grant.primary_mc_service_id",
       [](token::Grant& grant) { grant.primary_mc_service_id = testing::Id("sip:bob@north.example"); }},
      {"grant.profile_index", [](token::Grant& grant) { grant.profile_index = 2; }},
      {"grant.request_id", [](token::Grant& grant) { grant.request_id.bytes[0] = 0; }},
      {"grant.issued_since_asked", [](token::Grant& grant) { grant.issued -= absl::Minutes(1); }},
  };
  for (const auto& [rule, change] : cases) {
    token::Grant grant = Granted();
    change(grant);
    Answer(Sign(grant));
    ExpectNotServed(AskSigned(), rule);
  }
  EXPECT_EQ(gateway_.ends.size(), cases.size());
}

// The epoch of the message is nobody's word: what was granted is ended, here and there, and nobody is kept out.
TEST_F(PartnerServerGrantTest, AnAlteredEpochEndsWhatWasGrantedAndNothingLater) {
  Answer(Sign(Granted()));
  ASSERT_TRUE(AskSigned().ok());
  message_.set_request_id(std::string(16, 's'));
  token::Grant grant = Granted();
  grant.request_id.bytes.fill('s');
  grant.epoch = {1, 8};
  Answer(Sign(grant), {9, 1'000'000});
  ExpectNotServed(AskSigned(), "grant.epoch");
  ASSERT_EQ(gateway_.ends.size(), 1U);
  EXPECT_EQ(gateway_.ends[0].epoch, (protocol::Epoch{1, 8}));
  // The next one is served.
  message_.set_request_id(std::string(16, 't'));
  grant.request_id.bytes.fill('t');
  grant.epoch = {1, 10};
  Answer(Sign(grant), {1, 10});
  EXPECT_TRUE(AskSigned().ok());
  EXPECT_EQ(AliceHere()->epoch, (protocol::Epoch{1, 10}));
}

// A gateway that has another user migrate with the same request_id, or the same user in another MC service.
TEST_F(PartnerServerGrantTest, AGrantOfAnotherUserEndsNoVisitAndKeepsNobodyOut) {
  Answer(Sign(Granted()));
  ASSERT_TRUE(AskSigned().ok());
  message_.set_request_id(std::string(16, 's'));
  token::Grant of_bob = Granted();
  of_bob.request_id.bytes.fill('s');
  of_bob.primary_mc_service_id = testing::Id("sip:bob@north.example");
  of_bob.epoch = {1, 500};
  token::Grant of_video = Granted();
  of_video.request_id.bytes.fill('s');
  of_video.service = protocol::McService::kMcvideo;
  of_video.epoch = {1, 500};
  for (const token::Grant& grant : {of_bob, of_video}) {
    Answer(Sign(grant), {1, 500});
    EXPECT_EQ(AskSigned().status().code(), absl::StatusCode::kUnavailable);
    EXPECT_EQ(AliceHere()->epoch, (protocol::Epoch{1, 7}));
  }
  EXPECT_TRUE(gateway_.ends.empty());
  message_.set_request_id(std::string(16, 't'));
  token::Grant next = Granted();
  next.request_id.bytes.fill('t');
  next.epoch = {1, 8};
  Answer(Sign(next), {1, 8});
  EXPECT_TRUE(AskSigned().ok());
  EXPECT_EQ(AliceHere()->epoch, (protocol::Epoch{1, 8}));
}

TEST_F(PartnerServerGrantTest, ASuccessThatNobodySignedEndsNoVisit) {
  Answer(Sign(Granted()));
  ASSERT_TRUE(AskSigned().ok());
  message_.set_request_id(std::string(16, 's'));
  Answer("", {1, 1'000'000});
  EXPECT_EQ(AskSigned().status().code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(AliceHere()->epoch, (protocol::Epoch{1, 7}));
  EXPECT_TRUE(gateway_.ends.empty());
}

TEST_F(PartnerServerGrantTest, ASignedCancelEndsTheVisit) {
  Answer(Sign(Granted()));
  ASSERT_TRUE(AskSigned().ok());
  EXPECT_TRUE(Cancel(SignCancel({1, 7})).ok());
  EXPECT_FALSE(AliceHere().has_value());
}

TEST_F(PartnerServerGrantTest, ACancelThatDoesNotStandChangesNothing) {
  Answer(Sign(Granted()));
  ASSERT_TRUE(AskSigned().ok());
  const std::vector<std::pair<const char*, std::string>> cases = {
      {"cancel.presented", ""},
      {"cancel.valid", Sign(Granted())},
      {"cancel.valid", SignCancel({1, 7}) + "A"},
      {"cancel.epoch", SignCancel({1, 6})},
      {"cancel.primary_mc_service_id", SignCancel({1, 7}, "sip:bob@north.example")},
  };
  for (const auto& [rule, text] : cases) {
    EXPECT_EQ(Cancel(text).code(), absl::StatusCode::kPermissionDenied) << rule;
    EXPECT_STREQ(log_.entries.back().decision.rule, rule);
    EXPECT_TRUE(AliceHere().has_value()) << rule;
  }
  // A right one for another epoch than the message names.
  EXPECT_EQ(Cancel(SignCancel({1, 7}), {1, 9}).code(), absl::StatusCode::kPermissionDenied);
  EXPECT_TRUE(AliceHere().has_value());
}

}  // namespace
}  // namespace mcmig::partner_server
