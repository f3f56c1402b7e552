// Grants for users who migrate at the same time, which the primary's server signs together.
#include <atomic>
#include <memory>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/token/grant_in_tree.h"
#include "common/token/grant_verifier.h"
#include "gtest/gtest.h"
#include "mcmig/v1/partner_mc_service_server.grpc.pb.h"
#include "mcmig/v1/primary_mc_service_server.grpc.pb.h"
#include "tests/chain/start_deployment.h"
#include "tests/harness/stubs.h"

namespace mcmig::chain {
namespace {

constexpr int kTogether = 16;
constexpr int kRounds = 20;

// Calls `ask` for as many users as are to migrate together.
template <class Ask>
void Together(int round, Ask ask) {
  std::vector<std::thread> asking;
  for (int i = 0; i < kTogether; ++i) {
    asking.emplace_back([&ask, user = harness::LoadUser((round * kTogether) + i)] { ask(user); });
  }
  for (std::thread& thread : asking) thread.join();
}

// Asked as by the gateway of north, which sees what the server signs.
TEST(SharedGrantsTest, EachIsItsUsersOwnAndVerifiedByItself) {
  const auto deployment = StartDeployment("shared-grants", {.load_users = kTogether * kRounds});
  config::v1::GrantKeys keys;
  keys.set_jwks_file("north-grants.json");
  keys.set_issuer("https://mc.north.example");
  keys.set_audience("south");
  const auto channel = harness::Connect(deployment->primary_server_a->Address("inside"), harness::kPrimaryServerA,
                                        deployment->north, &deployment->north.Issue(harness::kNorthGateway));
  std::atomic<bool> shared = false;
  // Who comes together is a matter of time.
  for (int round = 0; round < kRounds && !shared; ++round) {
    Together(round, [&](const harness::User& user) {
      auto request = harness::RequestOf(user);
      request.set_authenticated_peer_system("south");
      const harness::Answer answer = harness::Ask<v1::PrimaryMcServiceServer>(channel, request);
      ASSERT_EQ(answer.Outcome(), "SUCCESS");
      if (token::IsInTree(answer.response.grant())) shared = true;
      // One that has verified nothing before.
      const auto verifier = token::GrantVerifier::Create(keys, absl::StrCat(testing::TempDir(), "/shared-grants"));
      ASSERT_TRUE(verifier.ok()) << verifier.status();
      const auto grant = (*verifier)->VerifyGrant(answer.response.grant());
      ASSERT_TRUE(grant.ok()) << grant.status();
      EXPECT_EQ(grant->primary_mc_service_id.canonical(), user.PrimaryId());
      EXPECT_EQ(grant->epoch.counter, answer.response.epoch().counter());
    });
  }
  EXPECT_TRUE(shared);
}

TEST(SharedGrantsTest, WhoComesTogetherIsServed) {
  const auto deployment = StartDeployment("shared-grants-served", {.load_users = kTogether});
  const auto client = harness::Connect(deployment->partner_server->Address("client"), harness::kPartnerServer,
                                       deployment->south, &deployment->north.Issue(harness::kClient));
  const auto& operators_certificate = deployment->south.Issue(harness::kSouthOperator);
  Together(0, [&](const harness::User& user) {
    const auto answer =
        harness::Ask<v1::PartnerMcServiceServer>(client, harness::RequestOf(user), deployment->TokenOf(user));
    EXPECT_EQ(answer.Outcome(), "SUCCESS");
  });
  const auto visitors =
      harness::VisitorsOf(harness::Connect(deployment->partner_server->Address("operators"), harness::kPartnerServer,
                                           deployment->south, &operators_certificate));
  for (int i = 0; i < kTogether; ++i) EXPECT_TRUE(visitors.contains(harness::LoadUser(i).PrimaryId())) << i;
}

}  // namespace
}  // namespace mcmig::chain
