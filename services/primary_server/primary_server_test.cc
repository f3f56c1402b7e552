#include "services/primary_server/primary_server.h"

#include <string>
#include <utility>

#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"
#include "common/protocol/pushback.h"
#include "gtest/gtest.h"
#include "services/primary_server/primary_server_test_fixture.h"

namespace mcmig::primary_server {
namespace {

TEST_F(PrimaryServerTest, ASuccessIsOnRecordWithThePartnerSystem) {
  const auto response = Ask(Request('r'));
  ASSERT_TRUE(response.ok()) << response.status();
  EXPECT_EQ(response->result(), v1::MIGRATION_RESULT_SUCCESS);
  const auto record = AlicesRecord();
  ASSERT_TRUE(record.has_value());
  EXPECT_EQ(record->state, migration::State::kMigrated);
  EXPECT_EQ(record->partner_system, "south");
  EXPECT_EQ(record->partner_mc_service_id, testing::kVisitor);
  EXPECT_EQ(record->profile_index, 1);
  EXPECT_TRUE(record->through_gateway);
  EXPECT_EQ(protocol::FromProto(response->epoch()), record->epoch);
  ASSERT_EQ(log_.entries.size(), 1U);
  EXPECT_STREQ(log_.entries[0].decision.rule, "step7.recorded");
}

TEST_F(PrimaryServerTest, ADirectPeerIsRecordedAsItself) {
  const auto response = AskDirectly(Request('r'));
  ASSERT_TRUE(response.ok()) << response.status();
  EXPECT_EQ(response->result(), v1::MIGRATION_RESULT_SUCCESS);
  EXPECT_EQ(AlicesRecord()->partner_system, "south");
  EXPECT_FALSE(AlicesRecord()->through_gateway);
}

TEST_F(PrimaryServerTest, APeerThatClaimsAnotherSystemIsRefused) {
  EXPECT_TRUE(absl::IsPermissionDenied(AskDirectly(Request('r'), "east").status()));
  AuthorizationRequest request = Request('r');
  request.authenticated_peer_system = "east";
  EXPECT_TRUE(absl::IsPermissionDenied(Ask(request).status()));
  EXPECT_FALSE(AlicesRecord().has_value());
}

TEST_F(PrimaryServerTest, APartnerIsToldOfOneUserOnlyWhileThatUserIsMigratedToIt) {
  PrimaryServer server = Server();
  const auto epochs_at = [&](const char* peer) {
    AuthorizationRequest request = Request('r', peer);
    const protocol::ReconcileRequest about{.user = UserOf(request)};
    testing::IncomingCall incoming(executor_, {peer, Role::kGateway, false}, Listener::kOutside);
    const auto page = *executor_.Run(server.ReconcileMigrations(incoming.call, ToProto(about)));
    EXPECT_TRUE(page.ok()) << page.status();
    return page->migrations_size();
  };
  EXPECT_EQ(epochs_at("south"), 0);
  ASSERT_TRUE(Ask(Request('r')).ok());
  EXPECT_EQ(epochs_at("south"), 1);
  EXPECT_EQ(epochs_at("east"), 0);
}

TEST_F(PrimaryServerTest, EachReasonOfStepSixIsRefusedAndRecordsNothing) {
  const auto refusal = [this](void (*spoil)(AuthorizationRequest&)) {
    AuthorizationRequest request = Request('r');
    spoil(request);
    return Ask(request);
  };
  ExpectRefused(refusal([](auto& r) { r.primary_mc_service_id = testing::Id("sip:alice@east.example"); }),
                v1::REFUSAL_CAUSE_NOT_A_USER_OF_THIS_SYSTEM);
  ExpectRefused(refusal([](auto& r) { r.service = McService::kMcdata; }), v1::REFUSAL_CAUSE_NO_AGREEMENT);
  ExpectRefused(refusal([](auto& r) { r.primary_mc_service_id = testing::Id("sip:bob@north.example"); }),
                v1::REFUSAL_CAUSE_USER_UNKNOWN);
  ExpectRefused(refusal([](auto& r) { r.profile_index = 9; }), v1::REFUSAL_CAUSE_PROFILE_UNKNOWN);
  ExpectRefused(refusal([](auto& r) { r.profile_index = 2; }), v1::REFUSAL_CAUSE_PROFILE_DISABLED);
  ExpectRefused(refusal([](auto& r) { r.profile_index = 0; }), v1::REFUSAL_CAUSE_PROFILE_NOT_VALID_FOR_PARTNER);
  EXPECT_TRUE(store_.ListRecords(std::nullopt, 10)->empty());
  EXPECT_EQ(log_.entries.size(), 6U);
}

TEST_F(PrimaryServerTest, ADirectPeerSeesOnlyThePublicCause) {
  AuthorizationRequest request = Request('r');
  request.profile_index = 2;
  ExpectRefused(AskDirectly(request), v1::REFUSAL_CAUSE_NOT_AUTHORIZED_BY_PRIMARY);
  EXPECT_EQ(log_.entries.at(0).decision.cause, Cause::kProfileDisabled);
}

TEST_F(PrimaryServerTest, ARepeatedRequestHasTheSameAnswerAndChangesNothing) {
  const auto first = Ask(Request('r'));
  const auto again = Ask(Request('r'));
  ASSERT_TRUE(first.ok() && again.ok());
  EXPECT_EQ(again->SerializeAsString(), first->SerializeAsString());
  EXPECT_EQ(AlicesRecord()->epoch.counter, 1U);
}

TEST_F(PrimaryServerTest, AReusedRequestIdAndAnOldOneAreRefused) {
  ASSERT_TRUE(Ask(Request('r')).ok());
  AuthorizationRequest other = Request('r');
  other.partner_mc_service_id = testing::Id("sip:visitor2@south.example");
  ExpectRefused(Ask(other), v1::REFUSAL_CAUSE_REPLAYED);
  AuthorizationRequest old = Request('s');
  old.issued_at = executor_.Now() - absl::Minutes(11);
  ExpectRefused(Ask(old), v1::REFUSAL_CAUSE_STALE_REQUEST);
  EXPECT_EQ(AlicesRecord()->epoch.counter, 1U);
}

TEST_F(PrimaryServerTest, AUserElsewhereStaysOrMovesByPolicy) {
  ASSERT_TRUE(Ask(Request('r', "south")).ok());
  ExpectRefused(Ask(Request('s', "east")), v1::REFUSAL_CAUSE_MIGRATED_ELSEWHERE);
  EXPECT_EQ(AlicesRecord()->partner_system, "south");
  ExpectRefused(Ask(Request('u', "east"), /*move=*/true), v1::REFUSAL_CAUSE_MIGRATED_ELSEWHERE);
  const auto moved = Ask(WithCredential(Request('t', "east"), "east", "1"), /*move=*/true);
  ASSERT_TRUE(moved.ok()) << moved.status();
  EXPECT_EQ(moved->result(), v1::MIGRATION_RESULT_SUCCESS);
  EXPECT_EQ(AlicesRecord()->partner_system, "east");
  EXPECT_EQ(store_.ListOutbox("south", 0, 10)->size(), 1U);
  // South's old request again: the record has moved on.
  ExpectRefused(Ask(Request('r', "south")), v1::REFUSAL_CAUSE_SUPERSEDED);
}

TEST_F(PrimaryServerTest, OfTwoPartnersAtOnceOneLosesWithConcurrent) {
  // No commit before both have read.
  std::vector<absl::AnyInvocable<void()>> writes;
  migration::MigrationRegister migrations(
      store_, migration::MigrationRegister::kMaxWaiting, nullptr,
      [&writes](absl::AnyInvocable<void()> write) { writes.push_back(std::move(write)); });
  PrimaryServer server = Server(migrations, /*move=*/true);
  const std::string systems[] = {"south", "east"};
  testing::IncomingCall incoming(executor_, {"north", Role::kGateway, true}, Listener::kInside);
  std::vector<v1::MigrationServiceAuthorizationRequest> messages;
  for (const std::string& system : systems) messages.push_back(ToProto(Request(system[0], system.c_str())));
  std::vector<Response> answers;
  for (const auto& message : messages) {
    executor_.Spawn([](PrimaryServer& to, const protocol::Call& call, const auto& asked,
                       std::vector<Response>& into) -> async::Task<> {
      absl::StatusOr<Response> response = co_await to.AuthorizeMigration(call, asked);
      if (response.ok()) into.push_back(*response);
    }(server, incoming.call, message, answers));
  }
  for (size_t i = 0; executor_.RunUntilIdle(), i < writes.size(); ++i) std::exchange(writes[i], nullptr)();
  ASSERT_EQ(answers.size(), 2U);
  const bool first_won = answers[0].result() == v1::MIGRATION_RESULT_SUCCESS;
  EXPECT_EQ(answers[first_won ? 0 : 1].result(), v1::MIGRATION_RESULT_SUCCESS);
  ExpectRefused(answers[first_won ? 1 : 0], v1::REFUSAL_CAUSE_CONCURRENT);
  EXPECT_EQ(AlicesRecord()->epoch.counter, 1U);
}

TEST_F(PrimaryServerTest, AProfileDisabledBeforeTheCommitRefuses) {
  store_.before_apply = [](migration::MigrationStore& store) {
    EXPECT_TRUE(store.ImportProfiles({Profile(1, false, {"south"})}).ok());
  };
  ExpectRefused(Ask(Request('r')), v1::REFUSAL_CAUSE_PROFILE_DISABLED);
  EXPECT_FALSE(AlicesRecord().has_value());
}

TEST_F(PrimaryServerTest, AChangeBeforeEveryCommitEndsWithConcurrent) {
  int changes = 0;
  store_.before_apply = [&changes](migration::MigrationStore& store) {
    migration::MigrationStore::ProfileEntry entry = Profile(1, true, {"south"});
    entry.profile.name = std::to_string(++changes);
    EXPECT_TRUE(store.ImportProfiles({entry}).ok());
  };
  ExpectRefused(Ask(Request('r')), v1::REFUSAL_CAUSE_CONCURRENT);
  EXPECT_EQ(changes, migration::kMaxAttempts);
  EXPECT_FALSE(AlicesRecord().has_value());
}

TEST_F(PrimaryServerTest, AStoreThatFailsIsUnknownNeverSuccess) {
  store_.full = true;
  EXPECT_TRUE(absl::IsUnavailable(Ask(Request('r')).status()));
  EXPECT_FALSE(AlicesRecord().has_value());
  store_.unreadable = true;
  const auto unreadable = Ask(Request('r'));
  EXPECT_TRUE(absl::IsUnavailable(unreadable.status()));
  EXPECT_EQ(unreadable.status().message().find("alice"), absl::string_view::npos);
}

TEST_F(PrimaryServerTest, AFullQueueAndAFullMemorySayWhenToTryAgain) {
  migration::MigrationRegister full(store_, /*max_waiting=*/0);
  PrimaryServer server = Server(full, false);
  testing::IncomingCall incoming(executor_, {"north", Role::kGateway, true}, Listener::kInside);
  const auto busy = executor_.Run(server.AuthorizeMigration(incoming.call, ToProto(Request('r'))));
  ASSERT_TRUE(busy.has_value());
  EXPECT_TRUE(absl::IsResourceExhausted(busy->status()));
  EXPECT_TRUE(protocol::PushbackOf(busy->status()).has_value());
  EXPECT_FALSE(AlicesRecord().has_value());

  for (size_t i = 0; i < migration::kMaxAnsweredPerPartner; ++i) {
    ASSERT_TRUE(Ask(Request(static_cast<char>('a' + i))).ok());
  }
  const auto often = AskDirectly(Request('z'));
  EXPECT_TRUE(absl::IsResourceExhausted(often.status()));
  EXPECT_TRUE(protocol::PushbackOf(often.status()).has_value());
}

TEST_F(PrimaryServerTest, NobodyIsRecordedForACallerWhoHasGone) {
  PrimaryServer server = Server();
  testing::IncomingCall incoming(executor_, {"north", Role::kGateway, true}, Listener::kInside);
  incoming.cancel.Cancel();
  auto answer = executor_.Run(server.AuthorizeMigration(incoming.call, ToProto(Request('r'))));
  ASSERT_TRUE(answer.has_value());
  EXPECT_TRUE(absl::IsCancelled(answer->status()));
  EXPECT_FALSE(AlicesRecord().has_value());
}

}  // namespace
}  // namespace mcmig::primary_server
