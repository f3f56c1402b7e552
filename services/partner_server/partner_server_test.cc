#include "services/partner_server/partner_server.h"

#include <optional>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "gtest/gtest.h"
#include "services/partner_server/partner_server_test_fixture.h"

namespace mcmig::partner_server {
namespace {

TEST_F(PartnerServerTest, ASuccessIsAnsweredAfterTheVisitorIsInstalled) {
  const auto response = Ask(message_, Token());
  ASSERT_TRUE(response.ok()) << response.status();
  EXPECT_EQ(response->result(), v1::MIGRATION_RESULT_SUCCESS);
  EXPECT_EQ(response->partner_mc_service_id(), testing::kVisitor);
  EXPECT_EQ(response->primary_mc_service_id(), testing::kAlice);
  EXPECT_EQ(response->epoch().counter(), 7U);
  const auto visitor = AliceHere();
  ASSERT_TRUE(visitor.has_value());
  EXPECT_EQ(visitor->epoch, (protocol::Epoch{1, 7}));
  EXPECT_EQ(visitor->partner_mc_service_id, testing::kVisitor);
  EXPECT_EQ(visitor->profile_index, 1);
  ASSERT_EQ(gateway_.asked.size(), 1U);
  ASSERT_EQ(log_.entries.size(), 1U);
  EXPECT_EQ(log_.entries[0].decision.cause, Cause::kNone);
}

TEST_F(PartnerServerTest, ARequestWithoutAnIdGetsOneThatTheClientCanRepeat) {
  message_.clear_request_id();
  message_.clear_issued_at();
  const auto response = Ask(message_, Token());
  ASSERT_TRUE(response.ok()) << response.status();
  ASSERT_EQ(gateway_.asked.size(), 1U);
  EXPECT_EQ(response->request_id(), gateway_.asked[0].request_id->ToBytes());
  EXPECT_EQ(gateway_.asked[0].issued_at, executor_.Now());
}

TEST_F(PartnerServerTest, EachWrongCredentialIsRefusedBeforeAnythingElseIsTold) {
  message_.set_primary_mc_service_id("sip:alice@west.example");
  ExpectRefused(Ask(message_, ""), v1::REFUSAL_CAUSE_ACCESS_TOKEN_MISSING);
  ExpectRefused(Ask(message_, "no.such.token"), v1::REFUSAL_CAUSE_ACCESS_TOKEN_INVALID);
  ExpectRefused(Ask(message_, Token()), v1::REFUSAL_CAUSE_ACCESS_TOKEN_OF_ANOTHER_USER);
  const std::string expired = Token(testing::kVisitor, "sip:alice@west.example");
  executor_.AdvanceBy(absl::Seconds(300));
  ExpectRefused(Ask(message_, expired), v1::REFUSAL_CAUSE_ACCESS_TOKEN_EXPIRED);
  EXPECT_TRUE(gateway_.asked.empty());
  EXPECT_EQ(log_.entries.size(), 4U);
}

TEST_F(PartnerServerTest, UnknownOwnAndUnagreedSystemsAreRefusedHere) {
  const auto refusal = [this](const char* primary) {
    message_.set_primary_mc_service_id(primary);
    return Ask(message_, Token(testing::kVisitor, primary));
  };
  ExpectRefused(refusal("sip:alice@west.example"), v1::REFUSAL_CAUSE_UNKNOWN_PRIMARY_SYSTEM);
  ExpectRefused(refusal("sip:alice@south.example"), v1::REFUSAL_CAUSE_OWN_SYSTEM);
  ExpectRefused(refusal("sip:alice@east.example"), v1::REFUSAL_CAUSE_NO_AGREEMENT);
  ExpectRefused(refusal("sip:bob@north.example"), v1::REFUSAL_CAUSE_VISITOR_NOT_EXPECTED);
  EXPECT_TRUE(gateway_.asked.empty());
}

TEST_F(PartnerServerTest, AVisitorIsExpectedOnlyInTheWindow) {
  executor_.AdvanceBy(absl::Hours(1));
  ExpectRefused(Ask(message_, Token()), v1::REFUSAL_CAUSE_VISITOR_NOT_EXPECTED);
}

TEST_F(PartnerServerTest, AnUnreadableListIsNoPermission) {
  store_.unreadable = true;
  EXPECT_TRUE(absl::IsUnavailable(Ask(message_, Token()).status()));
  EXPECT_TRUE(gateway_.asked.empty());
}

TEST_F(PartnerServerTest, AnIdOfAnotherSystemAsPartnerIdIsTheCallersFault) {
  message_.set_partner_mc_service_id("sip:visitor1@east.example");
  const auto response = Ask(message_, Token("sip:visitor1@east.example"));
  EXPECT_TRUE(absl::IsInvalidArgument(response.status()));
  EXPECT_TRUE(gateway_.asked.empty());
}

TEST_F(PartnerServerTest, ARefusalByThePrimaryInstallsNobody) {
  answers_ = {testing::Refusal(Cause::kNotAuthorizedByPrimary)};
  ExpectRefused(Ask(message_, Token()), v1::REFUSAL_CAUSE_NOT_AUTHORIZED_BY_PRIMARY);
}

TEST_F(PartnerServerTest, AFailedWriteAfterThePrimarysSuccessIsUnknownNeverSuccess) {
  store_.full = true;
  const auto response = Ask(message_, Token());
  EXPECT_TRUE(absl::IsUnavailable(response.status())) << response.status();
  EXPECT_FALSE(AliceHere().has_value());
  EXPECT_TRUE(absl::IsUnavailable(log_.entries.at(0).status));
  // The disk has room again: the repetition ends the matter.
  store_.full = false;
  EXPECT_TRUE(Ask(message_, Token()).ok());
  EXPECT_TRUE(AliceHere().has_value());
}

TEST_F(PartnerServerTest, AnEndThatThePrimaryCannotTakeIsUnknownOnceTheVisitHasEndedHere) {
  ASSERT_TRUE(Ask(message_, Token()).ok());
  const protocol::Epoch epoch = AliceHere()->epoch;
  gateway_.end = absl::ResourceExhaustedError("later");
  EXPECT_TRUE(absl::IsUnavailable(End(epoch)));
  EXPECT_FALSE(AliceHere().has_value());
  // Nothing ended here: nothing was recorded.
  EXPECT_TRUE(absl::IsResourceExhausted(End(epoch)));
}

TEST_F(PartnerServerTest, AnEndThatNamesAnotherEpochEndsTheVisitOnlyWhereThePrimaryHasNone) {
  ASSERT_TRUE(Ask(message_, Token()).ok());
  for (const protocol::EndResult result : {protocol::EndResult::kStale, protocol::EndResult::kNotOnRecord}) {
    gateway_.end = protocol::EndAnswer{.result = result, .current = protocol::Epoch{1, 7}};
    EXPECT_TRUE(End({1, 9}).ok());
    EXPECT_EQ(AliceHere().has_value(), result == protocol::EndResult::kStale);
  }
}

TEST_F(PartnerServerTest, AnAnswerOlderThanTheVisitIsUnknownNeverSuccess) {
  answers_ = {testing::Success(7), testing::Success(6)};
  EXPECT_TRUE(Ask(message_, Token()).ok());
  message_.set_request_id(std::string(16, 's'));
  EXPECT_TRUE(absl::IsUnavailable(Ask(message_, Token()).status()));
  EXPECT_EQ(AliceHere()->epoch.counter, 7U);
}

TEST_F(PartnerServerTest, TheSameAnswerTwiceIsTheSameSuccess) {
  EXPECT_TRUE(Ask(message_, Token()).ok());
  const auto again = Ask(message_, Token());
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_EQ(again->epoch().counter(), 7U);
}

TEST_F(PartnerServerTest, CallsThatComeTogetherAreAllVerifiedBeforeThePrimaryIsAsked) {
  PartnerServer server(Doors());
  testing::IncomingCall first(executor_, {"north", Role::kClient, false}, Listener::kClient);
  testing::IncomingCall second(executor_, {"north", Role::kClient, false}, Listener::kClient);
  first.call.bearer_token = second.call.bearer_token = Token();
  std::optional<absl::StatusOr<Response>> first_answer;
  std::optional<absl::StatusOr<Response>> second_answer;
  executor_.Spawn(Keep(server.AuthorizeMigration(first.call, message_), first_answer));
  executor_.Spawn(Keep(server.AuthorizeMigration(second.call, message_), second_answer));
  EXPECT_EQ(gateway_.asked.size(), 0U);
  while (!first_answer || !second_answer) {
    executor_.RunUntilIdle();
    EXPECT_EQ(gateway_.asked.size(), 2U);
    if (!first_answer || !second_answer) ASSERT_TRUE(executor_.WaitForWork(absl::Seconds(30)));
  }
  EXPECT_TRUE(first_answer->ok() && second_answer->ok());
}

TEST_F(PartnerServerTest, AnUnavailableNextHopIsAskedAgainWithTheSameRequest) {
  answers_ = {absl::UnavailableError("down"), testing::Success(7)};
  const auto response = Ask(message_, Token());
  ASSERT_TRUE(response.ok()) << response.status();
  ASSERT_EQ(gateway_.asked.size(), 2U);
  EXPECT_EQ(gateway_.asked[0].request_id, gateway_.asked[1].request_id);
  EXPECT_TRUE(AliceHere().has_value());
}

TEST_F(PartnerServerTest, AnOutageUntilTheDeadlineIsNoSuccess) {
  answers_ = {absl::UnavailableError("down")};
  EXPECT_FALSE(Ask(message_, Token()).ok());
  EXPECT_GT(gateway_.asked.size(), 1U);
  EXPECT_FALSE(AliceHere().has_value());
}

TEST_F(PartnerServerTest, WithoutAGatewayTheBorderIsHere) {
  PartnerServer server(DirectDoors());
  answers_ = {testing::Refusal(Cause::kAccessTokenExpired), absl::PermissionDeniedError("10.1.2.3 says no")};
  // A primary MC system cannot refuse in this system's name.
  ExpectRefused(Ask(server, message_, Token()), v1::REFUSAL_CAUSE_NOT_AUTHORIZED_BY_PRIMARY);
  const auto denied = Ask(server, message_, Token());
  EXPECT_TRUE(absl::IsPermissionDenied(denied.status()));
  EXPECT_EQ(denied.status().message().find("10.1.2.3"), absl::string_view::npos);
}

TEST_F(PartnerServerTest, WithoutAGatewayASystemWithoutEntryIsNotAsked) {
  PartnerDoors doors = DirectDoors();
  doors.entries.clear();
  PartnerServer server(std::move(doors));
  ExpectRefused(Ask(server, message_, Token()), v1::REFUSAL_CAUSE_NO_AGREEMENT);
}

}  // namespace
}  // namespace mcmig::partner_server
