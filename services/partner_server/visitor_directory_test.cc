#include "services/partner_server/visitor_directory.h"

#include <filesystem>
#include <string>
#include <vector>

#include "common/register/testing/visitor_store_values.h"
#include "gtest/gtest.h"
#include "services/testing/doors.h"
#include "services/testing/faulty_stores.h"
#include "services/testing/systems.h"

namespace mcmig::partner_server {
namespace {

using Response = v1::LookupServingSystemResponse;

std::string EmptyDirectory() {
  const std::string directory = ::testing::TempDir() + "/visitor-directory";
  std::filesystem::remove_all(directory);
  return directory + "/store";
}

class VisitorDirectoryTest : public ::testing::Test {
 protected:
  absl::StatusOr<Response> Lookup(const std::vector<std::string>& ids) {
    v1::LookupServingSystemRequest request;
    for (const std::string& id : ids) request.add_primary_mc_service_ids(id);
    request.set_mc_service(v1::MC_SERVICE_MCPTT);
    testing::IncomingCall incoming(executor_, {"south", identity::Role::kDirectoryReader, true},
                                   identity::Listener::kInside);
    auto answer = executor_.Run(directory_.LookupServingSystem(incoming.call, request));
    return answer.value_or(absl::InternalError("the handler did not end"));
  }

  async::ManualExecutor executor_;
  testing::ListLog log_;
  testing::FaultyVisitorStore store_{EmptyDirectory()};
  migration::VisitorRegister visitors_{store_};
  VisitorDirectory directory_{{.systems = testing::MakeSystems(testing::SystemsAt("south")),
                               .visitors = &visitors_,
                               .clock_skew = absl::Seconds(30),
                               .clock = &executor_,
                               .log = &log_}};
};

TEST_F(VisitorDirectoryTest, OnlyThoseWhoAreServedHereAreVisitors) {
  ASSERT_TRUE(store_.Apply({migration::VisitOf("alice", 1, 7)}).ok());
  const auto response = Lookup(
      {"sip:bob@north.example", "sip:alice@north.example", "sip:alice@south.example", "sip:alice@nowhere.example"});
  ASSERT_TRUE(response.ok()) << response.status();
  ASSERT_EQ(response->users_size(), 4);
  for (const int nobody : {0, 2, 3}) {
    EXPECT_EQ(response->users(nobody).state(), v1::SERVING_STATE_NO_VISITOR);
    EXPECT_FALSE(response->users(nobody).has_epoch());
    EXPECT_EQ(response->users(nobody).primary_system(), "");
  }
  const v1::ServingSystem& alice = response->users(1);
  EXPECT_EQ(alice.state(), v1::SERVING_STATE_VISITOR);
  EXPECT_EQ(alice.primary_system(), "north");
  EXPECT_EQ(alice.partner_system(), "south");
  EXPECT_EQ(alice.partner_mc_service_id(), "sip:v@south.example");
  EXPECT_EQ(alice.epoch().counter(), 7U);
  EXPECT_EQ(alice.mc_service_user_profile_index(), 255U);
  ASSERT_EQ(log_.entries.size(), 1U);
  EXPECT_STREQ(log_.entries[0].decision.rule, "directory.looked_up");
  EXPECT_EQ(ops::LineOf(log_.entries[0]).find("alice"), std::string::npos);
}

TEST_F(VisitorDirectoryTest, AVisitorIsServedUntilTheSkewBeforeTheEnd) {
  migration::Visit visit = migration::VisitOf("alice", 1, 7);
  visit.visitor.authorized_until = executor_.Now() + absl::Minutes(1);
  ASSERT_TRUE(store_.Apply({visit}).ok());
  EXPECT_EQ(Lookup({"sip:alice@north.example"})->users(0).state(), v1::SERVING_STATE_VISITOR);
  executor_.AdvanceBy(absl::Seconds(30));
  EXPECT_EQ(Lookup({"sip:alice@north.example"})->users(0).state(), v1::SERVING_STATE_NO_VISITOR);
}

TEST_F(VisitorDirectoryTest, OneWhoWasTakenBackIsNoVisitor) {
  ASSERT_TRUE(store_.Apply({migration::VisitOf("alice", 1, 7), migration::CancelOf("alice", 1, 7)}).ok());
  EXPECT_EQ(Lookup({"sip:alice@north.example"})->users(0).state(), v1::SERVING_STATE_NO_VISITOR);
}

TEST_F(VisitorDirectoryTest, NothingIsAskedWithoutAUser) {
  EXPECT_TRUE(absl::IsInvalidArgument(Lookup({}).status()));
  EXPECT_TRUE(absl::IsInvalidArgument(Lookup({"alice"}).status()));
}

}  // namespace
}  // namespace mcmig::partner_server
