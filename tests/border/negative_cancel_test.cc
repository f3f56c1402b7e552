// Signed cancels over real processes, with a gateway in between that alters what it carries: nobody is withdrawn whom
// the primary has on record.
#include <atomic>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "tests/border/between_peers_test_fixture.h"

namespace mcmig::border {
namespace {

using NegativeCancelTest = BetweenPeersTest;

TEST_P(NegativeCancelTest, ACancelThatThePrimaryDidNotSignSoWithdrawsNobody) {
  const User user = Next();
  const User other = Next();
  Response granted;
  between_.Alter({.answer = [&granted](Response& response) { granted = response; }});
  ASSERT_EQ(Ask(other).Outcome(), "SUCCESS");
  ASSERT_EQ(Ask(user).Outcome(), "SUCCESS");
  v1::CancelMigrationRequest of_other;
  std::atomic<int> seen = 0;
  between_.Alter({.cancel = [&](v1::CancelMigrationRequest& request) {
    of_other = request;
    request.clear_signed_cancel();
    ++seen;
  }});
  Revoke(other);
  const absl::Time until = absl::Now() + absl::Seconds(20);
  while (seen < 2 && absl::Now() < until) absl::SleepFor(absl::Milliseconds(10));
  ASSERT_GE(seen, 2) << "the outbox tries again";
  EXPECT_TRUE(IsServed(other));

  const std::string method =
      absl::StrCat(GetParam().partner_gateway ? "mcmig.v1.PartnerMcGatewayServer" : "mcmig.v1.PartnerMcServiceServer",
                   "/CancelMigration");
  v1::CancelMigrationRequest cancel;
  cancel.set_primary_mc_service_id(user.PrimaryId());
  cancel.set_mc_service(v1::MC_SERVICE_MCPTT);
  *cancel.mutable_epoch() = granted.epoch();
  const Json header = HeaderOf("mcmig-migration-cancel+jwt");
  const Json right = {{"iss", "https://mc.north.example"},
                      {"aud", "south"},
                      {"iat", 1'700'000'000},
                      {"mcmig_primary_id", user.PrimaryId()},
                      {"mcmig_service", "MCPTT"},
                      {"mcmig_epoch", absl::StrCat(granted.epoch().incarnation(), ".", granted.epoch().counter())}};
  std::vector<std::pair<std::string, std::string>> texts = {
      {"none", ""},
      {"of another user", of_other.signed_cancel()},
      {"a grant", granted.grant()},
      {"an access token", deployment().TokenOf(user)},
      {"an access token at home", deployment().HomeTokenOf(user)},
      {"a credential", deployment().PrimaryCredential({.primary_id = user.PrimaryId()})}};
  for (const auto& [name, value] : right.items()) {
    Json claims = right;
    claims.erase(name);
    texts.emplace_back(name + " missing", *deployment().grant_key.SignCompact(header.dump(), claims.dump()));
    claims[name] = name == "iat" ? Json("now") : Json("1.7");
    texts.emplace_back(name + " wrong", *deployment().grant_key.SignCompact(header.dump(), claims.dump()));
  }
  texts.emplace_back("typ", *deployment().grant_key.SignCompact(GrantHeader().dump(), right.dump()));
  texts.emplace_back("another key", *deployment().home_token_key.SignCompact(header.dump(), right.dump()));
  for (const auto& [name, text] : texts) {
    cancel.set_signed_cancel(text);
    const Sent sent = Call(between_.peers().to_south(), method, cancel.SerializeAsString());
    EXPECT_EQ(sent.status.error_code(), grpc::StatusCode::PERMISSION_DENIED) << name;
    EXPECT_TRUE(IsServed(user)) << name;
  }
  cancel.set_signed_cancel(*deployment().grant_key.SignCompact(header.dump(), right.dump()));
  EXPECT_TRUE(Call(between_.peers().to_south(), method, cancel.SerializeAsString()).status.ok());
  EXPECT_FALSE(IsServed(user));
}

TEST_P(NegativeCancelTest, ComparingWithAGatewayThatLeavesUsersOutWithdrawsNobody) {
  const User user = Next();
  ASSERT_EQ(Ask(user).Outcome(), "SUCCESS");
  // It asks about another epoch, too, and would get a cancel of it.
  between_.Alter({.compare =
                      [](v1::ReconcileMigrationsRequest& request) {
                        if (request.has_epoch()) request.mutable_epoch()->set_counter(1'000'000);
                      },
                  .page =
                      [](v1::ReconcileMigrationsResponse& response) {
                        EXPECT_EQ(response.signed_cancel(), "");
                        response.clear_migrations();
                      }});
  EXPECT_TRUE(CompareAtPartner());
  EXPECT_TRUE(IsServed(user));
}

// A record that the gateway makes up would end the visit as an orphan.
TEST_P(NegativeCancelTest, ComparingWithAGatewayThatMakesUpARecordWithdrawsNobody) {
  const User user = Next();
  ASSERT_EQ(Ask(user).Outcome(), "SUCCESS");
  between_.Alter({.page = [&user](v1::ReconcileMigrationsResponse& response) {
    for (v1::MigrationSummary& summary : *response.mutable_migrations()) {
      if (summary.primary_mc_service_id() == user.PrimaryId()) summary.mutable_epoch()->set_counter(1'000'000);
    }
  }});
  // Once to see it, and once when its grace time is over.
  EXPECT_TRUE(CompareAtPartner());
  const absl::Time until = absl::Now() + absl::Milliseconds(1'200);
  while (absl::Now() < until) EXPECT_TRUE(CompareAtPartner());
  EXPECT_TRUE(IsServed(user));
  between_.Alter({});
  EXPECT_EQ(Ask(user).Outcome(), "SUCCESS");
}

INSTANTIATE_TEST_SUITE_P(Shapes, NegativeCancelTest, ::testing::Values(harness::kBothGateways, harness::kDirect),
                         &ShapeName);

}  // namespace
}  // namespace mcmig::border
