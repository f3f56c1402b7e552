#include "services/primary_server/primary_admin.h"

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "common/register/rocksdb_migration_store.h"
#include "gtest/gtest.h"
#include "services/testing/doors.h"
#include "services/testing/systems.h"

namespace mcmig::primary_server {
namespace {

using identity::Listener;
using identity::Role;
using protocol::McService;

std::string EmptyDirectory() {
  const std::string directory = ::testing::TempDir() + "/primary-admin";
  std::filesystem::remove_all(directory);
  return directory + "/store";
}

v1::UserProfile Profile(const std::string& id, uint32_t index) {
  v1::UserProfile profile;
  profile.set_mc_service_id(id);
  profile.set_mc_service(v1::MC_SERVICE_MCPTT);
  profile.set_mc_service_user_profile_index(index);
  profile.set_profile_name("away");
  profile.set_status(v1::USER_PROFILE_STATUS_ENABLED);
  profile.set_pre_selected(true);
  profile.set_priority(true);
  profile.set_mission_critical_organization("fire service");
  profile.add_partner_systems()->set_system("south");
  profile.mutable_partner_systems(0)->set_access_information("https://idms.south.example");
  return profile;
}

class PrimaryAdminTest : public ::testing::Test {
 protected:
  template <class Response, class Request>
  absl::StatusOr<Response> Call(async::Task<absl::StatusOr<Response>> (PrimaryAdmin::*method)(const protocol::Call&,
                                                                                              const Request&) const,
                                const Request& request) {
    auto answer = executor_.Run((admin_.*method)(incoming_.call, request));
    EXPECT_TRUE(answer.has_value());
    return answer.value_or(absl::InternalError("the handler did not end"));
  }
  uint32_t Import(const v1::UserProfile& profile) {
    v1::ImportUserProfilesRequest request;
    *request.add_profiles() = profile;
    return Call(&PrimaryAdmin::ImportUserProfiles, request)->applied();
  }
  static migration::UserKey KeyOf(const std::string& id) { return {testing::Id(id).canonical(), McService::kMcptt}; }
  absl::StatusOr<v1::RevokeMigrationResponse> Revoke(const std::string& id) {
    v1::RevokeMigrationRequest request;
    request.set_primary_mc_service_id(id);
    request.set_mc_service(v1::MC_SERVICE_MCPTT);
    return Call(&PrimaryAdmin::RevokeMigration, request);
  }
  absl::StatusOr<v1::RemoveUserProfilesResponse> Remove(const std::string& id, std::optional<uint32_t> index) {
    v1::RemoveUserProfilesRequest request;
    request.set_mc_service_id(id);
    request.set_mc_service(v1::MC_SERVICE_MCPTT);
    if (index) request.set_mc_service_user_profile_index(*index);
    return Call(&PrimaryAdmin::RemoveUserProfiles, request);
  }
  migration::State StateOf(const std::string& id) { return migrations_.Read(KeyOf(id), "")->record->state; }
  // Records `id` as migrated to south.
  void Record(const std::string& id) {
    ASSERT_EQ(Import(Profile(id, 1)), 1U);
    ASSERT_TRUE(store_->SetAgreements({{"south", {McService::kMcptt}}}).ok());
    migration::Mutation mutation;
    mutation.key = KeyOf(id);
    const migration::Snapshot before = *migrations_.Read(mutation.key, "south");
    mutation.permission = migration::Mutation::Permission{.profile_version = before.user->version,
                                                          .agreement_with = "south",
                                                          .agreement_version = before.agreement->version};
    mutation.record.epoch = {migrations_.incarnation(), 1};
    mutation.record.state = migration::State::kMigrated;
    mutation.record.primary_mc_service_id = id;
    mutation.record.partner_system = "south";
    mutation.record.partner_mc_service_id = testing::kVisitor;
    mutation.record.profile_index = 1;
    mutation.record.authorized_until = absl::FromUnixSeconds(1'900'000'000);
    mutation.record.decided_at = absl::FromUnixSeconds(1'700'000'000);
    const auto outcome = executor_.Run(migrations_.Commit(executor_, mutation));
    ASSERT_EQ(**outcome, migration::CommitOutcome::kCommitted);
  }

  async::ManualExecutor executor_;
  testing::IncomingCall incoming_{executor_, {"north", Role::kOperator, true}, Listener::kOperators};
  std::unique_ptr<migration::MigrationStore> store_ = *migration::OpenRocksDbMigrationStore(EmptyDirectory());
  migration::MigrationRegister migrations_{*store_};
  Recheck recheck_{migrations_, executor_, {}};
  PrimaryAdmin admin_{{.systems = testing::MakeSystems(testing::SystemsAt("north")),
                       .migrations = &migrations_,
                       .recheck = &recheck_,
                       .policy = {},
                       .clock = &executor_}};
};

TEST_F(PrimaryAdminTest, ProfilesComeBackAsTheyWereImported) {
  ASSERT_EQ(Import(Profile(testing::kAlice, 0)), 1U);
  v1::UserProfile disabled = Profile(testing::kAlice, 1);
  disabled.set_status(v1::USER_PROFILE_STATUS_DISABLED);
  ASSERT_EQ(Import(disabled), 1U);
  v1::GetUserProfilesRequest request;
  request.set_mc_service_id("sip:alice@NORTH.example");
  request.set_mc_service(v1::MC_SERVICE_MCPTT);
  const auto response = Call(&PrimaryAdmin::GetUserProfiles, request);
  ASSERT_TRUE(response.ok()) << response.status();
  ASSERT_EQ(response->profiles_size(), 2);
  EXPECT_EQ(response->profiles(0).SerializeAsString(), Profile(testing::kAlice, 0).SerializeAsString());
  EXPECT_EQ(response->profiles(1).SerializeAsString(), disabled.SerializeAsString());
}

TEST_F(PrimaryAdminTest, GoodProfilesAreAppliedAndBadOnesReportedInOrder) {
  v1::ImportUserProfilesRequest request;
  *request.add_profiles() = Profile(testing::kAlice, 1);
  *request.add_profiles() = Profile("sip:alice@south.example", 1);
  *request.add_profiles() = Profile(testing::kAlice, 256);
  const auto response = Call(&PrimaryAdmin::ImportUserProfiles, request);
  ASSERT_TRUE(response.ok()) << response.status();
  EXPECT_EQ(response->applied(), 1U);
  ASSERT_EQ(response->errors_size(), 2);
  EXPECT_EQ(response->errors(0).index(), 1U);
  EXPECT_EQ(response->errors(1).index(), 2U);
}

TEST_F(PrimaryAdminTest, ABatchOfMoreThanAThousandIsRefusedWhole) {
  v1::ImportUserProfilesRequest request;
  for (int i = 0; i <= 1000; ++i) *request.add_profiles() = Profile(testing::kAlice, 1);
  EXPECT_TRUE(absl::IsInvalidArgument(Call(&PrimaryAdmin::ImportUserProfiles, request).status()));
  v1::GetUserProfilesRequest get;
  get.set_mc_service_id(testing::kAlice);
  get.set_mc_service(v1::MC_SERVICE_MCPTT);
  EXPECT_TRUE(absl::IsNotFound(Call(&PrimaryAdmin::GetUserProfiles, get).status()));
}

TEST_F(PrimaryAdminTest, ARecordIsFoundByUserAndService) {
  Record(testing::kAlice);
  v1::GetMigrationRequest request;
  request.set_primary_mc_service_id(testing::kAlice);
  request.set_mc_service(v1::MC_SERVICE_MCPTT);
  const auto record = Call(&PrimaryAdmin::GetMigration, request);
  ASSERT_TRUE(record.ok()) << record.status();
  EXPECT_EQ(record->state(), v1::MIGRATION_STATE_MIGRATED);
  EXPECT_EQ(record->partner_system(), "south");
  EXPECT_EQ(record->epoch().counter(), 1U);
  EXPECT_EQ(record->decided_at().seconds(), 1'700'000'000);
  EXPECT_EQ(record->authorized_until().seconds(), 1'900'000'000);
  request.set_mc_service(v1::MC_SERVICE_MCDATA);
  EXPECT_TRUE(absl::IsNotFound(Call(&PrimaryAdmin::GetMigration, request).status()));
}

TEST_F(PrimaryAdminTest, PagesCoverTheRecordsOnce) {
  for (int i = 0; i < 5; ++i) Record("sip:user" + std::to_string(i) + "@north.example");
  v1::ListMigrationsRequest list;
  list.set_page_size(2);
  std::vector<std::string> ids;
  do {
    const auto page = Call(&PrimaryAdmin::ListMigrations, list);
    ASSERT_TRUE(page.ok()) << page.status();
    for (const v1::MigrationRecord& record : page->migrations()) ids.push_back(record.primary_mc_service_id());
    list.set_page_token(page->next_page_token());
  } while (!list.page_token().empty());
  EXPECT_EQ(ids,
            (std::vector<std::string>{"sip:user0@north.example", "sip:user1@north.example", "sip:user2@north.example",
                                      "sip:user3@north.example", "sip:user4@north.example"}));
}

TEST_F(PrimaryAdminTest, UsersAtOnePartnerAreListed) {
  for (int i = 0; i < 3; ++i) Record("sip:user" + std::to_string(i) + "@north.example");
  ASSERT_TRUE(Revoke("sip:user1@north.example")->changed());
  v1::ListMigrationsRequest list;
  list.set_page_size(1);
  list.set_partner_system("south");
  std::vector<std::string> ids;
  do {
    const auto page = Call(&PrimaryAdmin::ListMigrations, list);
    ASSERT_TRUE(page.ok()) << page.status();
    for (const v1::MigrationRecord& record : page->migrations()) ids.push_back(record.primary_mc_service_id());
    list.set_page_token(page->next_page_token());
  } while (!list.page_token().empty());
  EXPECT_EQ(ids, (std::vector<std::string>{"sip:user0@north.example", "sip:user2@north.example"}));
  list.set_partner_system("east");
  EXPECT_EQ(Call(&PrimaryAdmin::ListMigrations, list)->migrations_size(), 0);
}

TEST_F(PrimaryAdminTest, RevokedUserIsAtPrimaryWithACancelOnItsWayAndOnlyOnce) {
  Record(testing::kAlice);
  const auto revoked = Revoke(testing::kAlice);
  ASSERT_TRUE(revoked.ok()) << revoked.status();
  EXPECT_TRUE(revoked->changed());
  EXPECT_EQ(revoked->migration().state(), v1::MIGRATION_STATE_AT_PRIMARY);
  EXPECT_EQ(revoked->migration().epoch().counter(), 2U);
  EXPECT_EQ(migrations_.ListOutbox("south", 0, 10)->size(), 1U);
  const auto again = Revoke(testing::kAlice);
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_FALSE(again->changed());
  EXPECT_EQ(again->migration().SerializeAsString(), revoked->migration().SerializeAsString());
  EXPECT_EQ(migrations_.ListOutbox("south", 0, 10)->size(), 1U);
  const auto never = Revoke("sip:bob@north.example");
  ASSERT_TRUE(never.ok()) << never.status();
  EXPECT_FALSE(never->changed());
  EXPECT_FALSE(never->has_migration());
}

TEST_F(PrimaryAdminTest, HistoryIsPagedTheLastChangeFirst) {
  Record(testing::kAlice);
  Record("sip:bob@north.example");
  ASSERT_TRUE(Revoke(testing::kAlice)->changed());
  v1::GetMigrationHistoryRequest request;
  request.set_primary_mc_service_id(testing::kAlice);
  request.set_mc_service(v1::MC_SERVICE_MCPTT);
  request.set_page_size(1);
  std::vector<v1::MigrationChange> changes;
  do {
    const auto page = Call(&PrimaryAdmin::GetMigrationHistory, request);
    ASSERT_TRUE(page.ok()) << page.status();
    ASSERT_LE(page->changes_size(), 1);
    for (const v1::MigrationChange& change : page->changes()) changes.push_back(change);
    request.set_page_token(page->next_page_token());
  } while (!request.page_token().empty());
  ASSERT_EQ(changes.size(), 2U);
  EXPECT_EQ(changes[0].kind(), v1::MigrationChange::KIND_REVOKED);
  EXPECT_EQ(changes[0].from_system(), "south");
  EXPECT_EQ(changes[0].to_system(), "");
  EXPECT_EQ(changes[0].epoch().counter(), 2U);
  EXPECT_EQ(changes[1].kind(), v1::MigrationChange::KIND_AUTHORIZED);
  EXPECT_EQ(changes[1].at().seconds(), 1'700'000'000);
  // Bob's change is none of alice's.
  for (const char* token : {"Mg", "OTk5", "MA", "eA"}) {
    request.set_page_token(token);
    EXPECT_TRUE(absl::IsInvalidArgument(Call(&PrimaryAdmin::GetMigrationHistory, request).status())) << token;
  }
}

TEST_F(PrimaryAdminTest, RemovedProfileTakesBackTheUserWhoMigratedWithIt) {
  Record(testing::kAlice);
  ASSERT_EQ(Import(Profile(testing::kAlice, 2)), 1U);
  const auto other = Remove(testing::kAlice, 2);
  ASSERT_TRUE(other.ok()) << other.status();
  EXPECT_EQ(other->removed(), 1U);
  EXPECT_FALSE(other->taken_back());
  EXPECT_EQ(StateOf(testing::kAlice), migration::State::kMigrated);
  const auto all = Remove(testing::kAlice, std::nullopt);
  EXPECT_EQ(all->removed(), 1U);
  EXPECT_TRUE(all->taken_back());
  EXPECT_EQ(StateOf(testing::kAlice), migration::State::kAtPrimary);
  EXPECT_EQ(migrations_.ListOutbox("south", 0, 10)->size(), 1U);
  const auto none = Remove(testing::kAlice, 1);
  EXPECT_EQ(none->removed(), 0U);
  EXPECT_FALSE(none->taken_back());
  EXPECT_TRUE(absl::IsInvalidArgument(Remove(testing::kAlice, 256).status()));
}

TEST_F(PrimaryAdminTest, ImportTakesBackWhoMayNoLongerBeThere) {
  Record(testing::kAlice);
  Record("sip:bob@north.example");
  v1::ImportUserProfilesRequest request;
  *request.add_profiles() = Profile(testing::kAlice, 1);
  request.mutable_profiles(0)->mutable_partner_systems(0)->set_system("east");
  *request.add_profiles() = Profile("sip:bob@north.example", 1);
  const auto response = Call(&PrimaryAdmin::ImportUserProfiles, request);
  ASSERT_TRUE(response.ok()) << response.status();
  EXPECT_EQ(response->taken_back(), 1U);
  EXPECT_EQ(StateOf(testing::kAlice), migration::State::kAtPrimary);
  EXPECT_EQ(StateOf("sip:bob@north.example"), migration::State::kMigrated);
}

TEST_F(PrimaryAdminTest, MalformedRequestsAreTheCallersFault) {
  v1::ListMigrationsRequest list;
  for (const char* token : {"not a token", "OQ", "OXNpcDphQGI"}) {
    list.set_page_token(token);
    EXPECT_TRUE(absl::IsInvalidArgument(Call(&PrimaryAdmin::ListMigrations, list).status())) << token;
  }
  v1::GetMigrationRequest get;
  get.set_primary_mc_service_id("alice");
  get.set_mc_service(v1::MC_SERVICE_MCPTT);
  EXPECT_TRUE(absl::IsInvalidArgument(Call(&PrimaryAdmin::GetMigration, get).status()));
  v1::GetUserProfilesRequest profiles;
  profiles.set_mc_service_id(testing::kAlice);
  EXPECT_TRUE(absl::IsInvalidArgument(Call(&PrimaryAdmin::GetUserProfiles, profiles).status()));
}

}  // namespace
}  // namespace mcmig::primary_server
