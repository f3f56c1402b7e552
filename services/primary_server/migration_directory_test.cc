#include "services/primary_server/migration_directory.h"

#include <filesystem>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/register/testing/migration_store_values.h"
#include "gtest/gtest.h"
#include "services/testing/doors.h"
#include "services/testing/faulty_stores.h"
#include "services/testing/systems.h"

namespace mcmig::primary_server {
namespace {

using Response = v1::LookupServingSystemResponse;

std::string EmptyDirectory() {
  const std::string directory = ::testing::TempDir() + "/directory";
  std::filesystem::remove_all(directory);
  return directory + "/store";
}

class MigrationDirectoryTest : public ::testing::Test {
 protected:
  void Migrate(const std::string& name, absl::Time authorized_until = absl::InfiniteFuture()) {
    const migration::UserKey key = migration::UserNamed(name);
    migration::Mutation mutation = migration::MigrateTo("south", key, *store_.Read(key, "south"));
    mutation.permission.reset();
    mutation.record.authorized_until = authorized_until;
    ASSERT_EQ(store_.Apply({mutation})->front(), migration::CommitOutcome::kCommitted);
  }
  absl::StatusOr<Response> Lookup(const std::vector<std::string>& ids) {
    v1::LookupServingSystemRequest request;
    for (const std::string& id : ids) request.add_primary_mc_service_ids(id);
    request.set_mc_service(v1::MC_SERVICE_MCPTT);
    return Lookup(request);
  }
  absl::StatusOr<Response> Lookup(const v1::LookupServingSystemRequest& request) {
    testing::IncomingCall incoming(executor_, {"north", identity::Role::kDirectoryReader, true},
                                   identity::Listener::kInside);
    auto answer = executor_.Run(directory_.LookupServingSystem(incoming.call, request));
    return answer.value_or(absl::InternalError("the handler did not end"));
  }

  async::ManualExecutor executor_;
  testing::ListLog log_;
  testing::FaultyMigrationStore store_{EmptyDirectory()};
  migration::MigrationRegister migrations_{store_};
  MigrationDirectory directory_{{.systems = testing::MakeSystems(testing::SystemsAt("north")),
                                 .migrations = &migrations_,
                                 .clock_skew = absl::Seconds(30),
                                 .clock = &executor_,
                                 .log = &log_}};
};

TEST_F(MigrationDirectoryTest, EachUserIsAnsweredForInTheOrderAsked) {
  Migrate("alice");
  const auto response = Lookup({"sip:bob@north.example", "sip:alice@NORTH.example", "sip:bob@north.example"});
  ASSERT_TRUE(response.ok()) << response.status();
  ASSERT_EQ(response->users_size(), 3);
  EXPECT_EQ(response->users(0).state(), v1::SERVING_STATE_AT_PRIMARY);
  EXPECT_EQ(response->users(2).state(), v1::SERVING_STATE_AT_PRIMARY);
  const v1::ServingSystem& alice = response->users(1);
  EXPECT_EQ(alice.primary_mc_service_id(), "sip:alice@NORTH.example");
  EXPECT_EQ(alice.state(), v1::SERVING_STATE_MIGRATED);
  EXPECT_EQ(alice.primary_system(), "north");
  EXPECT_EQ(alice.partner_system(), "south");
  EXPECT_EQ(alice.partner_mc_service_id(), "sip:visitor@south.example");
  EXPECT_EQ(alice.epoch().counter(), 1U);
  EXPECT_EQ(alice.mc_service_user_profile_index(), 200U);
  EXPECT_FALSE(alice.has_authorized_until());
}

TEST_F(MigrationDirectoryTest, OneWhoIsBackLooksLikeOneWhoIsUnknown) {
  Migrate("alice");
  const migration::UserKey alice = migration::UserNamed("alice");
  ASSERT_TRUE(store_.Apply({TakeBack(migration::Change::kRevoked, alice, *store_.Read(alice, ""))}).ok());
  const auto response = Lookup({"sip:alice@north.example", "sip:nobody@north.example"});
  ASSERT_TRUE(response.ok()) << response.status();
  v1::ServingSystem unknown = response->users(1);
  unknown.set_primary_mc_service_id(response->users(0).primary_mc_service_id());
  EXPECT_EQ(response->users(0).SerializeAsString(), unknown.SerializeAsString());
}

TEST_F(MigrationDirectoryTest, AMigrationEndsWithItsTimeAndTheSkewAlsoWhereThatIsNotRecordedYet) {
  Migrate("alice", executor_.Now() + absl::Minutes(1));
  executor_.AdvanceBy(absl::Minutes(1) + absl::Seconds(29));
  const auto still = Lookup({"sip:alice@north.example"});
  ASSERT_TRUE(still.ok()) << still.status();
  EXPECT_EQ(still->users(0).state(), v1::SERVING_STATE_MIGRATED);
  EXPECT_TRUE(still->users(0).has_authorized_until());
  executor_.AdvanceBy(absl::Seconds(1));
  EXPECT_EQ(Lookup({"sip:alice@north.example"})->users(0).state(), v1::SERVING_STATE_AT_PRIMARY);
}

TEST_F(MigrationDirectoryTest, AHundredUsersAtMostOfThisSystemOnly) {
  const std::vector<std::string> hundred(100, "sip:alice@north.example");
  EXPECT_EQ(Lookup(hundred)->users_size(), 100);
  std::vector<std::string> more = hundred;
  more.emplace_back("sip:alice@north.example");
  EXPECT_EQ(Lookup(more).status().message(), "primary_mc_service_ids: must be 1 to 100");
  EXPECT_TRUE(absl::IsInvalidArgument(Lookup(std::vector<std::string>{}).status()));
  EXPECT_EQ(Lookup({"sip:alice@north.example", "sip:visitor1@south.example"}).status().message(),
            "primary_mc_service_ids[1]: not of this MC system");
  EXPECT_TRUE(absl::IsInvalidArgument(Lookup({"sip:alice@north.example", "alice"}).status()));
  v1::LookupServingSystemRequest no_service;
  no_service.add_primary_mc_service_ids("sip:alice@north.example");
  EXPECT_TRUE(absl::IsInvalidArgument(Lookup(no_service).status()));
}

TEST_F(MigrationDirectoryTest, ARegisterThatCannotBeReadSaysNothingOfAnyUser) {
  store_.unreadable = true;
  const absl::Status failed = Lookup({"sip:alice@north.example"}).status();
  EXPECT_TRUE(absl::IsUnavailable(failed));
  EXPECT_EQ(failed.message(), "the register cannot be read");
}

TEST_F(MigrationDirectoryTest, EveryLookUpIsInTheDecisionLogWithoutTheUsers) {
  Migrate("alice");
  ASSERT_TRUE(Lookup({"sip:alice@north.example"}).ok());
  EXPECT_FALSE(Lookup({"alice@north.example"}).ok());
  ASSERT_EQ(log_.entries.size(), 2U);
  EXPECT_STREQ(log_.entries[0].decision.rule, "directory.looked_up");
  EXPECT_TRUE(absl::IsInvalidArgument(log_.entries[1].status));
  for (const ops::DecisionEntry& entry : log_.entries) {
    EXPECT_EQ(ops::LineOf(entry).find("alice"), std::string::npos) << ops::LineOf(entry);
  }
}

}  // namespace
}  // namespace mcmig::primary_server
