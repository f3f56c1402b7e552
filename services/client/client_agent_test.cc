#include "services/client/client_agent.h"

#include <string>

#include "absl/status/status.h"
#include "gtest/gtest.h"
#include "services/testing/doors.h"
#include "services/testing/systems.h"

namespace mcmig::client {
namespace {

using identity::Listener;
using identity::Role;
using protocol::Cause;
using protocol::Decision;

// Tokens by the file's name.
class ToldTokens final : public TokenSource {
 public:
  absl::StatusOr<std::string> Read(const std::string& file) override {
    ++reads;
    if (!there) return absl::UnavailableError("no token");
    return file + " " + std::to_string(reads);
  }
  bool there = true;
  int reads = 0;
};

config::v1::AgentPartner South() {
  config::v1::AgentPartner partner;
  partner.set_system("south");
  partner.set_partner_mc_service_id(testing::kVisitor);
  partner.mutable_server()->set_address("127.0.0.1:1");
  partner.set_access_token_file("alice.south");
  return partner;
}

Users AliceOnly() {
  config::v1::ClientAgentConfig config;
  config::v1::AgentUser& user = *config.add_users();
  user.set_primary_mc_service_id(testing::kAlice);
  user.set_service(config::v1::MCPTT);
  user.set_default_profile_index(3);
  *user.add_partners() = South();
  return *Users::Create(config.users());
}

class ClientAgentTest : public ::testing::Test {
 protected:
  ClientAgentTest() {
    message_.set_primary_mc_service_id("sip:alice@NORTH.example");
    message_.set_partner_system("south");
    message_.set_mc_service(v1::MC_SERVICE_MCPTT);
  }
  absl::StatusOr<v1::MigrateResponse> Migrate() {
    testing::IncomingCall incoming(executor_, {"north", Role::kApplication, true}, Listener::kClient);
    std::optional<absl::StatusOr<v1::MigrateResponse>> answer;
    executor_.Spawn([](ClientAgent& agent, const protocol::Call& call, const v1::MigrateRequest& message,
                       std::optional<absl::StatusOr<v1::MigrateResponse>>& answer) -> async::Task<> {
      absl::StatusOr<v1::MigrateResponse> response = co_await agent.Migrate(call, message);
      answer = std::move(response);
    }(agent_, incoming.call, message_, answer));
    executor_.AdvanceBy(absl::Minutes(2));
    EXPECT_TRUE(answer.has_value());
    return answer.value_or(absl::InternalError("the handler did not end"));
  }

  async::ManualExecutor executor_;
  testing::ListLog log_;
  testing::CountingRandom random_;
  ToldTokens tokens_;
  std::vector<absl::StatusOr<Decision>> answers_ = {testing::Success(7)};
  testing::ToldPartnerServer server_{[this] {
    const absl::StatusOr<Decision> next = answers_.front();
    if (answers_.size() > 1) answers_.erase(answers_.begin());
    return next;
  }};
  ClientAgent agent_{ClientDoors{.users = AliceOnly(),
                                 .servers = {{ServerKey(South()), &server_}},
                                 .tokens = &tokens_,
                                 .random = &random_,
                                 .clock = &executor_,
                                 .log = &log_,
                                 .retry = {}}};
  v1::MigrateRequest message_;
};

TEST_F(ClientAgentTest, ANewRequestCarriesTheConfiguredIdsTheDefaultProfileAndTheToken) {
  const absl::Time now = executor_.Now();
  const auto response = Migrate();
  ASSERT_TRUE(response.ok()) << response.status();
  EXPECT_EQ(response->authorization().result(), v1::MIGRATION_RESULT_SUCCESS);
  EXPECT_EQ(response->authorization().partner_mc_service_id(), testing::kVisitor);
  EXPECT_EQ(response->authorization().primary_mc_service_id(), testing::kAlice);
  ASSERT_EQ(server_.asked.size(), 1U);
  EXPECT_EQ(server_.asked[0].profile_index, 3);
  EXPECT_EQ(server_.asked[0].issued_at, now);
  EXPECT_EQ(server_.asked[0].request_id->ToBytes(), response->authorization().request_id());
  EXPECT_EQ(response->issued_at().seconds(), absl::ToUnixSeconds(now));
  EXPECT_EQ(server_.tokens[0], "alice.south 1");
}

TEST_F(ClientAgentTest, TheApplicationMayChooseTheProfileAlsoZero) {
  message_.set_mc_service_user_profile_index(0);
  ASSERT_TRUE(Migrate().ok());
  EXPECT_EQ(server_.asked.at(0).profile_index, 0);
}

TEST_F(ClientAgentTest, EachRequestHasItsOwnIdAndReadsTheTokenAnew) {
  ASSERT_TRUE(Migrate().ok());
  ASSERT_TRUE(Migrate().ok());
  EXPECT_NE(server_.asked.at(0).request_id, server_.asked.at(1).request_id);
  EXPECT_EQ(server_.tokens.at(1), "alice.south 2");
}

TEST_F(ClientAgentTest, ARepetitionKeepsTheGivenIdAndTime) {
  message_.set_request_id(std::string(16, 'x'));
  message_.mutable_issued_at()->set_seconds(1'600'000'000);
  const auto response = Migrate();
  ASSERT_TRUE(response.ok()) << response.status();
  EXPECT_EQ(response->authorization().request_id(), std::string(16, 'x'));
  EXPECT_EQ(response->issued_at().seconds(), 1'600'000'000);
  EXPECT_EQ(server_.asked.at(0).request_id->ToBytes(), std::string(16, 'x'));
}

TEST_F(ClientAgentTest, UnavailableIsRepeatedWithTheSameRequestId) {
  answers_ = {absl::UnavailableError("down"), absl::UnavailableError("down"), testing::Success(2)};
  const auto response = Migrate();
  ASSERT_TRUE(response.ok()) << response.status();
  ASSERT_EQ(server_.asked.size(), 3U);
  EXPECT_EQ(server_.asked[0].request_id, server_.asked[2].request_id);
  EXPECT_EQ(server_.asked[0].issued_at, server_.asked[2].issued_at);
}

TEST_F(ClientAgentTest, ARefusalIsAnAnswerNotASuccess) {
  answers_ = {testing::Refusal(Cause::kVisitorNotExpected)};
  const auto response = Migrate();
  ASSERT_TRUE(response.ok()) << response.status();
  EXPECT_EQ(response->authorization().result(), v1::MIGRATION_RESULT_FAILURE);
  EXPECT_EQ(response->authorization().refusal_cause(), v1::REFUSAL_CAUSE_VISITOR_NOT_EXPECTED);
  EXPECT_EQ(log_.entries.at(0).decision.cause, Cause::kVisitorNotExpected);
}

TEST_F(ClientAgentTest, AnOutageIsNeverASuccess) {
  answers_ = {absl::UnavailableError("down")};
  EXPECT_FALSE(Migrate().ok());
  answers_ = {absl::InternalError("the answer echoed another ID")};
  EXPECT_EQ(Migrate().status().code(), absl::StatusCode::kInternal);
}

TEST_F(ClientAgentTest, OnlyConfiguredUsersAndPartnersAreServed) {
  message_.set_primary_mc_service_id("sip:bob@north.example");
  EXPECT_TRUE(absl::IsNotFound(Migrate().status()));
  message_.set_primary_mc_service_id(testing::kAlice);
  message_.set_mc_service(v1::MC_SERVICE_MCDATA);
  EXPECT_TRUE(absl::IsNotFound(Migrate().status()));
  message_.set_mc_service(v1::MC_SERVICE_MCPTT);
  message_.set_partner_system("east");
  EXPECT_TRUE(absl::IsNotFound(Migrate().status()));
  EXPECT_TRUE(server_.asked.empty());
  EXPECT_EQ(log_.entries.size(), 3U);
}

TEST_F(ClientAgentTest, WithoutATokenNothingIsSent) {
  tokens_.there = false;
  EXPECT_TRUE(absl::IsUnavailable(Migrate().status()));
  EXPECT_TRUE(server_.asked.empty());
}

TEST_F(ClientAgentTest, MalformedRequestsAreTheApplicationsFault) {
  const auto refused = [this](void (*spoil)(v1::MigrateRequest&)) {
    const v1::MigrateRequest good = message_;
    spoil(message_);
    const bool invalid = absl::IsInvalidArgument(Migrate().status());
    message_ = good;
    return invalid;
  };
  EXPECT_TRUE(refused([](v1::MigrateRequest& m) { m.clear_primary_mc_service_id(); }));
  EXPECT_TRUE(refused([](v1::MigrateRequest& m) { m.set_primary_mc_service_id("alice"); }));
  EXPECT_TRUE(refused([](v1::MigrateRequest& m) { m.clear_mc_service(); }));
  EXPECT_TRUE(refused([](v1::MigrateRequest& m) { m.clear_partner_system(); }));
  EXPECT_TRUE(refused([](v1::MigrateRequest& m) { m.set_partner_system(std::string(65, 'a')); }));
  EXPECT_TRUE(refused([](v1::MigrateRequest& m) { m.set_mc_service_user_profile_index(256); }));
  EXPECT_TRUE(refused([](v1::MigrateRequest& m) { m.set_request_id(std::string(16, 'x')); }));
  EXPECT_TRUE(refused([](v1::MigrateRequest& m) { m.mutable_issued_at()->set_seconds(1); }));
  EXPECT_TRUE(refused([](v1::MigrateRequest& m) {
    m.set_request_id("short");
    m.mutable_issued_at()->set_seconds(1);
  }));
  EXPECT_TRUE(server_.asked.empty());
}

}  // namespace
}  // namespace mcmig::client
