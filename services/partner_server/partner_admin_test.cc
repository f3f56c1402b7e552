#include "services/partner_server/partner_admin.h"

#include <filesystem>
#include <string>

#include "absl/status/status.h"
#include "common/register/rocksdb_visitor_store.h"
#include "gtest/gtest.h"
#include "services/testing/doors.h"
#include "services/testing/systems.h"

namespace mcmig::partner_server {
namespace {

using identity::Listener;
using identity::Role;

std::string EmptyDirectory() {
  const std::string directory = ::testing::TempDir() + "/partner-admin";
  std::filesystem::remove_all(directory);
  return directory + "/store";
}

v1::ExpectedVisitor Expected(const std::string& id) {
  v1::ExpectedVisitor entry;
  entry.set_primary_system("north");
  entry.set_primary_mc_service_id(id);
  entry.set_mc_service(v1::MC_SERVICE_MCPTT);
  entry.mutable_until()->set_seconds(1'900'000'000);
  return entry;
}

class PartnerAdminTest : public ::testing::Test {
 protected:
  template <class Response, class Request>
  absl::StatusOr<Response> Call(async::Task<absl::StatusOr<Response>> (PartnerAdmin::*method)(const protocol::Call&,
                                                                                              const Request&),
                                const Request& request) {
    auto answer = executor_.Run((admin_.*method)(incoming_.call, request));
    EXPECT_TRUE(answer.has_value());
    return answer.value_or(absl::InternalError("the handler did not end"));
  }

  async::ManualExecutor executor_;
  testing::IncomingCall incoming_{executor_, {"south", Role::kOperator, true}, Listener::kOperators};
  std::unique_ptr<migration::VisitorStore> store_ = *migration::OpenRocksDbVisitorStore(EmptyDirectory());
  migration::VisitorRegister visitors_{*store_};
  PartnerAdmin admin_{testing::MakeSystems(testing::SystemsAt("south")), visitors_};
};

TEST_F(PartnerAdminTest, GoodEntriesAreAppliedAndBadOnesReportedInOrder) {
  v1::ImportExpectedVisitorsRequest request;
  *request.add_visitors() = Expected("sip:alice@east.example");
  *request.add_visitors() = Expected(testing::kAlice);
  *request.add_visitors() = Expected("alice");
  request.mutable_visitors(1)->set_priority(true);
  const auto response = Call(&PartnerAdmin::ImportExpectedVisitors, request);
  ASSERT_TRUE(response.ok()) << response.status();
  EXPECT_EQ(response->applied(), 1U);
  ASSERT_EQ(response->errors_size(), 2);
  EXPECT_EQ(response->errors(0).index(), 0U);
  EXPECT_EQ(response->errors(1).index(), 2U);
  EXPECT_NE(response->errors(1).reason().find("primary_mc_service_id: "), std::string::npos);
  EXPECT_EQ(response->errors(1).reason().find("sip:"), std::string::npos);

  const auto listed = Call(&PartnerAdmin::ListExpectedVisitors, v1::ListExpectedVisitorsRequest());
  ASSERT_TRUE(listed.ok()) << listed.status();
  ASSERT_EQ(listed->visitors_size(), 1);
  EXPECT_EQ(listed->visitors(0).SerializeAsString(), request.visitors(1).SerializeAsString());
  EXPECT_EQ(listed->next_page_token(), "");
}

TEST_F(PartnerAdminTest, ABatchOfMoreThanAThousandIsRefusedWhole) {
  v1::ImportExpectedVisitorsRequest request;
  for (int i = 0; i <= 1000; ++i) *request.add_visitors() = Expected(testing::kAlice);
  EXPECT_TRUE(absl::IsInvalidArgument(Call(&PartnerAdmin::ImportExpectedVisitors, request).status()));
  EXPECT_EQ(Call(&PartnerAdmin::ListExpectedVisitors, v1::ListExpectedVisitorsRequest())->visitors_size(), 0);
}

TEST_F(PartnerAdminTest, PagesCoverTheListOnce) {
  v1::ImportExpectedVisitorsRequest request;
  for (int i = 0; i < 5; ++i) *request.add_visitors() = Expected("sip:user" + std::to_string(i) + "@north.example");
  v1::ExpectedVisitor domain = Expected("");
  domain.set_domain("north.example");
  domain.mutable_from()->set_seconds(1'600'000'000);
  *request.add_visitors() = domain;
  ASSERT_EQ(Call(&PartnerAdmin::ImportExpectedVisitors, request)->applied(), 6U);
  v1::ListExpectedVisitorsRequest list;
  list.set_page_size(4);
  const auto first = Call(&PartnerAdmin::ListExpectedVisitors, list);
  ASSERT_TRUE(first.ok()) << first.status();
  EXPECT_EQ(first->visitors_size(), 4);
  list.set_page_token(first->next_page_token());
  const auto second = Call(&PartnerAdmin::ListExpectedVisitors, list);
  ASSERT_TRUE(second.ok()) << second.status();
  EXPECT_EQ(second->visitors_size(), 2);
  EXPECT_EQ(second->next_page_token(), "");
}

TEST_F(PartnerAdminTest, VisitorsAreListedAsInstalled) {
  migration::Visit visit;
  visit.key = {"north", {testing::Id(testing::kAlice).canonical(), protocol::McService::kMcptt}};
  visit.visitor.epoch = {1, 7};
  visit.visitor.primary_mc_service_id = testing::kAlice;
  visit.visitor.partner_mc_service_id = testing::kVisitor;
  visit.visitor.profile_index = 0;
  visit.visitor.since = absl::FromUnixMillis(1'700'000'000'250);
  ASSERT_TRUE(executor_.Run(visitors_.Install(executor_, visit))->ok());
  const auto listed = Call(&PartnerAdmin::ListVisitors, v1::ListVisitorsRequest());
  ASSERT_TRUE(listed.ok()) << listed.status();
  ASSERT_EQ(listed->visitors_size(), 1);
  const v1::Visitor& visitor = listed->visitors(0);
  EXPECT_EQ(visitor.primary_system(), "north");
  EXPECT_EQ(visitor.primary_mc_service_id(), testing::kAlice);
  EXPECT_EQ(visitor.partner_mc_service_id(), testing::kVisitor);
  EXPECT_TRUE(visitor.has_mc_service_user_profile_index());
  EXPECT_EQ(visitor.epoch().counter(), 7U);
  EXPECT_EQ(visitor.since().nanos(), 250'000'000);
}

TEST_F(PartnerAdminTest, MalformedPagesAreTheCallersFault) {
  v1::ListVisitorsRequest request;
  request.set_page_size(1001);
  EXPECT_TRUE(absl::IsInvalidArgument(Call(&PartnerAdmin::ListVisitors, request).status()));
  request.set_page_size(1);
  request.set_page_token("not a token");
  EXPECT_TRUE(absl::IsInvalidArgument(Call(&PartnerAdmin::ListVisitors, request).status()));
  v1::ListExpectedVisitorsRequest expected;
  expected.set_page_token("not a token");
  EXPECT_TRUE(absl::IsInvalidArgument(Call(&PartnerAdmin::ListExpectedVisitors, expected).status()));
}

}  // namespace
}  // namespace mcmig::partner_server
