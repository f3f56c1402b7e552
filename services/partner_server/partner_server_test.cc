#include "services/partner_server/partner_server.h"

#include <deque>
#include <filesystem>
#include <fstream>
#include <string>

#include "absl/status/status.h"
#include "gtest/gtest.h"
#include "nlohmann/json.hpp"
#include "services/testing/doors.h"
#include "services/testing/faulty_stores.h"
#include "services/testing/systems.h"
#include "tests/devtools/signer.h"

namespace mcmig::partner_server {
namespace {

using identity::Listener;
using identity::Role;
using protocol::Cause;
using protocol::Decision;
using Response = v1::MigrationServiceAuthorizationResponse;

// The key of south's identity management server.
const devtools::Signer& TokenKey() {
  static const auto* const kKey = new devtools::Signer(*devtools::Signer::Generate(token::Algorithm::kEs256, "key-1"));
  return *kKey;
}

std::unique_ptr<token::AccessTokenVerifier> Verifier() {
  const std::string file = ::testing::TempDir() + "/jwks.json";
  std::ofstream(file) << devtools::KeySetOf({*TokenKey().PublicJwk()});
  config::v1::AccessTokens config;
  config.set_jwks_file(file);
  config.add_algorithms("ES256");
  return *token::AccessTokenVerifier::Create(config, "/");
}

std::string EmptyDirectory() {
  const std::string directory = ::testing::TempDir() + "/visitors";
  std::filesystem::remove_all(directory);
  return directory + "/store";
}

class PartnerServerTest : public ::testing::Test {
 protected:
  PartnerServerTest() {
    migration::ExpectedVisitor alice;
    alice.primary_system = "north";
    alice.canonical_id = testing::Id(testing::kAlice).canonical();
    alice.mc_service_id = testing::kAlice;
    alice.until = executor_.Now() + absl::Hours(1);
    const absl::Status imported = store_.ImportExpected({alice});
    EXPECT_TRUE(imported.ok()) << imported;
  }
  PartnerDoors Doors() {
    return {.systems = testing::MakeSystems(testing::SystemsAt("south")),
            .tokens = verifier_.get(),
            .leeway = absl::ZeroDuration(),
            .visitors = &visitors_,
            .gateway = &gateway_,
            .entries = {},
            .random = &random_,
            .clock = &executor_,
            .log = &log_,
            .retry = {}};
  }
  PartnerDoors DirectDoors() {
    PartnerDoors doors = Doors();
    doors.gateway = nullptr;
    doors.entries = {{"north", &gateway_}};
    return doors;
  }
  [[nodiscard]] std::string Token(const std::string& partner = testing::kVisitor,
                                  const std::string& primary = testing::kAlice) const {
    return *TokenKey().SignToken({{"exp", absl::ToUnixSeconds(executor_.Now()) + 300},
                                  {"scope", "3gpp:mc:ptt_service"},
                                  {"client_id", "client"},
                                  {"mcptt_id", partner},
                                  {"mcmig_primary_id", primary}});
  }
  absl::StatusOr<Response> Ask(const v1::MigrationServiceAuthorizationRequest& message, const std::string& token) {
    PartnerServer server(Doors());
    return Ask(server, message, token);
  }
  absl::StatusOr<Response> Ask(PartnerServer& server, const v1::MigrationServiceAuthorizationRequest& message,
                               const std::string& token) {
    testing::IncomingCall incoming(executor_, {"north", Role::kClient, false}, Listener::kClient);
    incoming.call.bearer_token = token;
    std::optional<absl::StatusOr<Response>> answer;
    executor_.Spawn(Keep(server.AuthorizeMigration(incoming.call, message), answer));
    // Virtual time passes only where the handler waits for it, between two attempts.
    executor_.RunUntilIdle();
    while (!answer.has_value()) {
      if (executor_.NextTimer() < absl::InfiniteFuture()) {
        executor_.AdvanceTo(executor_.NextTimer());
      } else if (!executor_.WaitForWork(absl::Seconds(30))) {
        break;
      }
      executor_.RunUntilIdle();
    }
    EXPECT_TRUE(answer.has_value());
    return answer.value_or(absl::InternalError("the handler did not end"));
  }
  static async::Task<> Keep(async::Task<absl::StatusOr<Response>> task,
                            std::optional<absl::StatusOr<Response>>& answer) {
    absl::StatusOr<Response> value = co_await task;
    answer = std::move(value);
  }
  absl::Status End(const protocol::Epoch& epoch) {
    PartnerServer server(Doors());
    testing::IncomingCall incoming(executor_, {"north", Role::kClient, false}, Listener::kClient);
    incoming.call.bearer_token = Token();
    const protocol::EndRequest end{
        .user = {testing::Id(testing::kVisitor), testing::Id(testing::kAlice), protocol::McService::kMcptt},
        .epoch = epoch};
    return executor_.Run(server.EndMigration(incoming.call, ToProto(end)))->status();
  }
  std::optional<migration::Visitor> AliceHere() {
    return *store_.FindVisitor({"north", {testing::Id(testing::kAlice).canonical(), protocol::McService::kMcptt}});
  }
  void ExpectRefused(const absl::StatusOr<Response>& response, v1::RefusalCause cause) {
    ASSERT_TRUE(response.ok()) << response.status();
    EXPECT_EQ(response->result(), v1::MIGRATION_RESULT_FAILURE);
    EXPECT_EQ(response->refusal_cause(), cause);
    EXPECT_FALSE(response->has_epoch());
    EXPECT_FALSE(AliceHere().has_value());
  }

  async::ManualExecutor executor_;
  testing::ListLog log_;
  testing::CountingRandom random_;
  std::unique_ptr<token::AccessTokenVerifier> verifier_ = Verifier();
  testing::FaultyVisitorStore store_{EmptyDirectory()};
  migration::VisitorRegister visitors_{store_};
  std::deque<absl::StatusOr<Decision>> answers_ = {testing::Success(7)};
  testing::ToldHop gateway_{[this] {
    const absl::StatusOr<Decision> next = answers_.front();
    if (answers_.size() > 1) answers_.pop_front();
    return next;
  }};
  v1::MigrationServiceAuthorizationRequest message_ = ToProto(testing::AliceToSouth('r', executor_.Now()));
};

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
