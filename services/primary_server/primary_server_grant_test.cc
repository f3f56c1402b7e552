#include <optional>
#include <string>
#include <utility>

#include "common/token/grant_in_tree.h"
#include "services/primary_server/primary_server_test_fixture.h"
#include "services/testing/grant_authority.h"

// What the primary MC service server signs.
namespace mcmig::primary_server {
namespace {

class PrimaryServerGrantTest : public PrimaryServerTest {
 protected:
  PrimaryServer SigningServer() {
    config::v1::SystemTable table = testing::SystemsAt("north");
    testing::SystemIn(table, "south").set_credential_audience("urn:mc:south");
    const auto systems = testing::MakeSystems(table);
    return PrimaryServer({.systems = systems,
                          .migrations = &migrations_,
                          .signatures = Signatures(systems, &authority_.signer(), token::kMaxGrantsInTree),
                          .policy = {.incarnation = migrations_.incarnation()},
                          .clock = &executor_,
                          .log = &log_});
  }
  absl::StatusOr<Response> AskSigned(const AuthorizationRequest& request) {
    PrimaryServer server = SigningServer();
    testing::IncomingCall incoming(executor_, {"north", Role::kGateway, true}, Listener::kInside);
    return *executor_.Run(server.AuthorizeMigration(incoming.call, ToProto(request)));
  }
  absl::StatusOr<v1::ReconcileMigrationsResponse> AskAbout(const char* partner, std::optional<protocol::Epoch> epoch) {
    PrimaryServer server = SigningServer();
    testing::IncomingCall incoming(executor_, {"north", Role::kGateway, true}, Listener::kInside);
    const protocol::ReconcileRequest request{
        .authenticated_peer_system = partner,
        .user = protocol::MigratingUser{testing::Id("sip:visitor1@" + std::string(partner) + ".example"),
                                        testing::Id(testing::kAlice), McService::kMcptt},
        .epoch = epoch};
    std::optional<absl::StatusOr<v1::ReconcileMigrationsResponse>> answer;
    executor_.Spawn(Keep(server.ReconcileMigrations(incoming.call, ToProto(request)), answer));
    executor_.RunUntilIdle();
    // However far the record is.
    EXPECT_EQ(answer.has_value(), !epoch.has_value());
    executor_.AdvanceBy(absl::Milliseconds(5));
    return answer.value_or(absl::InternalError("not answered"));
  }

  static async::Task<> Keep(async::Task<absl::StatusOr<v1::ReconcileMigrationsResponse>> task,
                            std::optional<absl::StatusOr<v1::ReconcileMigrationsResponse>>& answer) {
    absl::StatusOr<v1::ReconcileMigrationsResponse> value = co_await task;
    answer.emplace(std::move(value));
  }

  testing::GrantAuthority authority_;
  std::shared_ptr<token::GrantVerifier> south_ = authority_.VerifierFor("urn:mc:south");
};

TEST_F(PrimaryServerGrantTest, ASuccessIsSignedForThePartnerAsItStands) {
  const AuthorizationRequest request = Request('a');
  const auto response = AskSigned(request);
  ASSERT_TRUE(response.ok()) << response.status();
  const auto grant = south_->VerifyGrant(response->grant());
  ASSERT_TRUE(grant.ok()) << grant.status();
  EXPECT_EQ(grant->primary_mc_service_id, request.primary_mc_service_id);
  EXPECT_EQ(grant->partner_mc_service_id, request.partner_mc_service_id);
  EXPECT_EQ(grant->service, request.service);
  EXPECT_EQ(grant->profile_index, request.profile_index);
  EXPECT_EQ(grant->request_id, *request.request_id);
  EXPECT_EQ(grant->request_digest, DigestOf(request, "urn:mc:south"));
  EXPECT_EQ(grant->epoch, AlicesRecord()->epoch);
  EXPECT_EQ(grant->authorized_until, absl::InfiniteFuture());
}

TEST_F(PrimaryServerGrantTest, ARememberedAnswerIsSignedAnew) {
  const AuthorizationRequest request = Request('a');
  const auto first = AskSigned(request);
  executor_.AdvanceBy(absl::Seconds(90));
  const auto again = AskSigned(request);
  ASSERT_TRUE(first.ok() && again.ok());
  const auto grant = south_->VerifyGrant(again->grant());
  ASSERT_TRUE(grant.ok()) << grant.status();
  EXPECT_EQ(grant->epoch, south_->VerifyGrant(first->grant())->epoch);
  EXPECT_EQ(grant->issued - south_->VerifyGrant(first->grant())->issued, absl::Seconds(90));
}

TEST_F(PrimaryServerGrantTest, ARefusalHasNoGrant) {
  AuthorizationRequest request = Request('a');
  request.profile_index = 9;
  const auto response = AskSigned(request);
  ExpectRefused(response, v1::REFUSAL_CAUSE_PROFILE_UNKNOWN);
  EXPECT_EQ(response->grant(), "");
}

TEST_F(PrimaryServerGrantTest, WhatIsOverIsCancelledWhereThePartnerAsksAboutIt) {
  ASSERT_TRUE(AskSigned(Request('a')).ok());
  const protocol::Epoch first = AlicesRecord()->epoch;
  ASSERT_TRUE(AskSigned(Request('b')).ok());
  const protocol::Epoch second = AlicesRecord()->epoch;
  const auto cancel = south_->VerifyCancel(AskAbout("south", first)->signed_cancel());
  ASSERT_TRUE(cancel.ok()) << cancel.status();
  EXPECT_EQ(cancel->epoch, first);
  EXPECT_EQ(cancel->primary_mc_service_id, testing::Id(testing::kAlice));
  // What is on record, and whatever may still be given, is not: others can name any epoch.
  for (const protocol::Epoch epoch : {second, protocol::Epoch{1, second.counter + 1}, protocol::Epoch{1, 1'000'000}}) {
    const auto answer = AskAbout("south", epoch);
    ASSERT_TRUE(answer.ok()) << answer.status();
    EXPECT_EQ(answer->signed_cancel(), "") << epoch.counter;
    EXPECT_EQ(answer->migrations_size(), 1);
  }
  EXPECT_EQ(AskAbout("south", std::nullopt)->signed_cancel(), "");
}

// How far the record of a user is, and whether there is one, is nothing for those who did not have that epoch.
TEST_F(PrimaryServerGrantTest, WhoWasNotGivenAnEpochIsToldNothingOfIt) {
  ASSERT_TRUE(AskSigned(Request('a')).ok());
  const protocol::Epoch first = AlicesRecord()->epoch;
  ASSERT_TRUE(AskSigned(Request('b')).ok());
  for (const uint64_t counter : {uint64_t{1}, first.counter, AlicesRecord()->epoch.counter, uint64_t{1'000'000}}) {
    const auto answer = AskAbout("east", protocol::Epoch{first.incarnation, counter});
    ASSERT_TRUE(answer.ok()) << answer.status();
    EXPECT_EQ(answer->SerializeAsString(), "") << counter;
  }
}

// For its own audience, and so of no use at the other.
TEST_F(PrimaryServerGrantTest, ACancelIsForWhoeverAsks) {
  AuthorizationRequest request = Request('a', "east");
  ASSERT_TRUE(AskSigned(request).ok());
  const protocol::Epoch first = AlicesRecord()->epoch;
  ASSERT_TRUE(AskSigned(Request('b', "east")).ok());
  const std::string cancel = AskAbout("east", first)->signed_cancel();
  EXPECT_FALSE(south_->VerifyCancel(cancel).ok());
  EXPECT_TRUE(authority_.VerifierFor("east")->VerifyCancel(cancel).ok());
}

}  // namespace
}  // namespace mcmig::primary_server
