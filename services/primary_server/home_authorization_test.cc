#include "services/primary_server/home_authorization.h"

#include <filesystem>
#include <fstream>
#include <memory>
#include <string>

#include "common/register/testing/migration_store_values.h"
#include "gtest/gtest.h"
#include "services/testing/doors.h"
#include "services/testing/faulty_stores.h"
#include "services/testing/systems.h"
#include "tests/devtools/signer.h"

namespace mcmig::primary_server {
namespace {

using Response = v1::ServiceAuthorizationResponse;

// The key of north's identity management server.
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
  const std::string directory = ::testing::TempDir() + "/home";
  std::filesystem::remove_all(directory);
  return directory + "/store";
}

class HomeAuthorizationTest : public ::testing::Test {
 protected:
  HomeAuthorizationTest() {
    message_.set_primary_mc_service_id(testing::kAlice);
    message_.set_mc_service(v1::MC_SERVICE_MCPTT);
    EXPECT_TRUE(store_.ImportProfiles({migration::ProfileOf(kAliceKey, 1)}).ok());
  }
  // The epoch's counter.
  uint64_t Migrate(absl::Time authorized_until = absl::InfiniteFuture()) {
    migration::Mutation mutation = migration::MigrateTo("south", kAliceKey, *store_.Read(kAliceKey, "south"));
    mutation.permission.reset();
    mutation.record.authorized_until = authorized_until;
    EXPECT_EQ(store_.Apply({mutation})->front(), migration::CommitOutcome::kCommitted);
    return mutation.record.epoch.counter;
  }
  [[nodiscard]] std::string Token(const std::string& id = testing::kAlice) const {
    return *TokenKey().SignToken({{"exp", absl::ToUnixSeconds(executor_.Now()) + 300},
                                  {"scope", "3gpp:mc:ptt_service"},
                                  {"client_id", "client"},
                                  {"mcptt_id", id}});
  }
  absl::StatusOr<Response> Ask(const std::string& token) {
    testing::IncomingCall incoming(executor_, {"north", identity::Role::kClient, true}, identity::Listener::kClient);
    incoming.call.bearer_token = token;
    auto answer = executor_.Run(home_.AuthorizeService(incoming.call, message_));
    return answer.value_or(absl::InternalError("the handler did not end"));
  }
  absl::StatusOr<Response> Ask() { return Ask(Token()); }
  [[nodiscard]] bool IsMigrated() { return store_.Read(kAliceKey, "")->record->state == migration::State::kMigrated; }
  void ExpectRefused(const absl::StatusOr<Response>& response, v1::RefusalCause cause) {
    ASSERT_TRUE(response.ok()) << response.status();
    EXPECT_EQ(response->result(), v1::SERVICE_AUTHORIZATION_RESULT_FAILURE);
    EXPECT_EQ(response->refusal_cause(), cause);
    EXPECT_FALSE(response->returned_home());
  }
  void ExpectPermitted(const absl::StatusOr<Response>& response, bool returned_home) {
    ASSERT_TRUE(response.ok()) << response.status();
    EXPECT_EQ(response->result(), v1::SERVICE_AUTHORIZATION_RESULT_SUCCESS);
    EXPECT_EQ(response->refusal_cause(), v1::REFUSAL_CAUSE_UNSPECIFIED);
    EXPECT_EQ(response->returned_home(), returned_home);
    EXPECT_FALSE(response->has_migration_epoch());
    EXPECT_EQ(response->primary_mc_service_id(), testing::kAlice);
    EXPECT_EQ(response->request_id().size(), 16U);
  }

  const migration::UserKey kAliceKey{testing::Id(testing::kAlice).canonical(), protocol::McService::kMcptt};
  async::ManualExecutor executor_;
  testing::ListLog log_;
  testing::CountingRandom random_;
  std::unique_ptr<token::AccessTokenVerifier> verifier_ = Verifier();
  testing::FaultyMigrationStore store_{EmptyDirectory()};
  migration::MigrationRegister migrations_{store_};
  HomeAuthorization home_{{.systems = testing::MakeSystems(testing::SystemsAt("north")),
                           .tokens = verifier_.get(),
                           .leeway = absl::ZeroDuration(),
                           .migrations = &migrations_,
                           .policy = {},
                           .random = &random_,
                           .clock = &executor_,
                           .log = &log_}};
  v1::ServiceAuthorizationRequest message_;
};

TEST_F(HomeAuthorizationTest, AUserAtHomeGetsServiceAndNothingIsRecorded) {
  ExpectPermitted(Ask(), false);
  message_.set_return_home(true);
  ExpectPermitted(Ask(), false);
  EXPECT_FALSE(store_.Read(kAliceKey, "")->record.has_value());
  EXPECT_STREQ(log_.entries.at(0).decision.rule, "home.at_primary");
}

TEST_F(HomeAuthorizationTest, AMigratedUserIsRefusedUntilTheReturnIsAskedFor) {
  const uint64_t epoch = Migrate();
  const auto refused = Ask();
  ExpectRefused(refused, v1::REFUSAL_CAUSE_MIGRATED_ELSEWHERE);
  EXPECT_EQ(refused->migration_epoch().counter(), epoch);
  EXPECT_TRUE(IsMigrated());
  EXPECT_TRUE(store_.ListOutbox("south", 0, 10)->empty());

  message_.set_return_home(true);
  ExpectPermitted(Ask(), true);
  EXPECT_FALSE(IsMigrated());
  const auto cancels = store_.ListOutbox("south", 0, 10);
  ASSERT_EQ(cancels->size(), 1U);
  EXPECT_EQ(cancels->front().epoch.counter, epoch);
  const auto journal = store_.ListJournal(0, 10);
  EXPECT_EQ(journal->back().change, migration::Change::kReturnedHome);
  // Repeated, because the answer was lost.
  ExpectPermitted(Ask(), false);
}

TEST_F(HomeAuthorizationTest, ALateReturnFromAnEarlierMigrationEndsNoLaterOne) {
  const uint64_t first = Migrate();
  message_.set_return_home(true);
  message_.mutable_return_from()->set_incarnation(1);
  message_.mutable_return_from()->set_counter(first);
  ExpectPermitted(Ask(), true);
  const uint64_t second = Migrate();
  const auto late = Ask();
  ExpectRefused(late, v1::REFUSAL_CAUSE_MIGRATED_ELSEWHERE);
  EXPECT_EQ(late->migration_epoch().counter(), second);
  EXPECT_TRUE(IsMigrated());
  EXPECT_STREQ(log_.entries.back().decision.rule, "home.migrated_since");
}

TEST_F(HomeAuthorizationTest, OneWhoseMigrationIsOverIsAtHome) {
  Migrate(executor_.Now() - absl::Minutes(1));
  ExpectPermitted(Ask(), false);
  EXPECT_FALSE(IsMigrated());
}

TEST_F(HomeAuthorizationTest, WithoutATokenOfTheirOwnNobodyLearnsOrEndsAnything) {
  Migrate();
  message_.set_return_home(true);
  ExpectRefused(Ask(""), v1::REFUSAL_CAUSE_ACCESS_TOKEN_MISSING);
  ExpectRefused(Ask("no.such.token"), v1::REFUSAL_CAUSE_ACCESS_TOKEN_INVALID);
  const auto other = Ask(Token("sip:bob@north.example"));
  ExpectRefused(other, v1::REFUSAL_CAUSE_ACCESS_TOKEN_OF_ANOTHER_USER);
  EXPECT_FALSE(other->has_migration_epoch());
  message_.set_mc_service(v1::MC_SERVICE_MCVIDEO);
  ExpectRefused(Ask(), v1::REFUSAL_CAUSE_ACCESS_TOKEN_SCOPE_MISSING);
  message_.set_mc_service(v1::MC_SERVICE_MCPTT);
  const std::string old = Token();
  executor_.AdvanceBy(absl::Minutes(5));
  ExpectRefused(Ask(old), v1::REFUSAL_CAUSE_ACCESS_TOKEN_EXPIRED);
  EXPECT_TRUE(IsMigrated());
}

TEST_F(HomeAuthorizationTest, UnknownAndDisabledUsersAndThoseOfOthersGetNoService) {
  message_.set_primary_mc_service_id("sip:bob@north.example");
  ExpectRefused(Ask(Token("sip:bob@north.example")), v1::REFUSAL_CAUSE_USER_UNKNOWN);
  message_.set_primary_mc_service_id(testing::kVisitor);
  EXPECT_EQ(Ask(Token(testing::kVisitor)).status().message(), "primary_mc_service_id: not of this MC system");

  Migrate();
  migration::MigrationStore::ProfileEntry disabled = migration::ProfileOf(kAliceKey, 2);
  disabled.profile.user_disabled = true;
  ASSERT_TRUE(store_.ImportProfiles({disabled}).ok());
  message_.set_primary_mc_service_id(testing::kAlice);
  message_.set_return_home(true);
  ExpectRefused(Ask(), v1::REFUSAL_CAUSE_USER_DISABLED);
  EXPECT_TRUE(IsMigrated());
}

TEST_F(HomeAuthorizationTest, WhatCannotBeReadOrWrittenIsNeverPermitted) {
  Migrate();
  message_.set_return_home(true);
  store_.full = true;
  EXPECT_TRUE(absl::IsUnavailable(Ask().status()));
  store_.full = false;
  store_.unreadable = true;
  EXPECT_TRUE(absl::IsUnavailable(Ask().status()));
  store_.unreadable = false;
  EXPECT_TRUE(IsMigrated());
}

TEST_F(HomeAuthorizationTest, AMalformedRequestIsTheCallersFault) {
  message_.mutable_return_from()->set_counter(1);
  EXPECT_EQ(Ask().status().message(), "return_from: is for return_home, which is not set");
  message_.set_return_home(true);
  EXPECT_EQ(Ask().status().message(), "return_from: both parts must be at least 1");
  message_.clear_return_from();
  message_.set_request_id("short");
  EXPECT_TRUE(absl::IsInvalidArgument(Ask().status()));
  message_.clear_request_id();
  message_.clear_mc_service();
  EXPECT_TRUE(absl::IsInvalidArgument(Ask().status()));
  message_.set_primary_mc_service_id("alice");
  EXPECT_TRUE(absl::IsInvalidArgument(Ask().status()));
  for (const ops::DecisionEntry& entry : log_.entries) EXPECT_FALSE(entry.status.ok());
}

}  // namespace
}  // namespace mcmig::primary_server
