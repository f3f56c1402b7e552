// A success that is on its way while the primary, whose register was restored, compares it with this one.
#include <optional>
#include <utility>

#include "absl/status/status.h"
#include "gtest/gtest.h"
#include "services/partner_server/partner_server.h"
#include "services/partner_server/partner_server_test_fixture.h"

namespace mcmig::partner_server {
namespace {

class PartnerServerRestoreTest : public PartnerServerTest {
 protected:
  // A primary whose register was restored asks whom of its users south serves.
  void Compare(PartnerServer& server) {
    testing::IncomingCall incoming(executor_, {"north", Role::kPrimaryServer, false}, Listener::kOutside);
    std::optional<absl::StatusOr<v1::ReconcileMigrationsResponse>> page;
    executor_.Spawn(KeepPage(server.ReconcileMigrations(incoming.call, {}), page));
    ASSERT_TRUE(page.has_value() && page->ok());
    EXPECT_TRUE((*page)->migrations().empty());
  }
  static async::Task<> KeepPage(async::Task<absl::StatusOr<v1::ReconcileMigrationsResponse>> task,
                                std::optional<absl::StatusOr<v1::ReconcileMigrationsResponse>>& page) {
    absl::StatusOr<v1::ReconcileMigrationsResponse> value = co_await task;
    page = std::move(value);
  }
};

// Of the success the restored register knows nothing, and nothing would ever end the visit.
TEST_F(PartnerServerRestoreTest, ASuccessOfBeforeAComparisonIsAskedForAgain) {
  PartnerServer server(Doors());
  meanwhile_ = {[&] { Compare(server); }};
  answers_ = {testing::Success(7), testing::Success(8)};
  const auto response = Ask(server, message_, Token());
  ASSERT_TRUE(response.ok()) << response.status();
  EXPECT_EQ(response->epoch().counter(), 8U);
  ASSERT_EQ(gateway_.asked.size(), 2U);
  EXPECT_EQ(gateway_.asked[0].request_id, gateway_.asked[1].request_id);
  EXPECT_EQ(AliceHere()->epoch.counter, 8U);
}

TEST_F(PartnerServerRestoreTest, ARefusalAfterASuccessThatDoesNotCountIsUnknown) {
  PartnerServer server(Doors());
  meanwhile_ = {[&] { Compare(server); }};
  answers_ = {testing::Success(7), testing::Refusal(Cause::kNotAuthorizedByPrimary)};
  const auto response = Ask(server, message_, Token());
  EXPECT_TRUE(absl::IsUnavailable(response.status())) << response.status();
  EXPECT_FALSE(AliceHere().has_value());
}

}  // namespace
}  // namespace mcmig::partner_server
