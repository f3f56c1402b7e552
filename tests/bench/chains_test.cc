// The chains that the product is compared with answer every request as the product does.
#include <filesystem>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "gtest/gtest.h"
#include "mcmig/v1/primary_mc_service_server.grpc.pb.h"
#include "services/mcmig/load/generator.h"
#include "tests/bench/chain.h"
#include "tests/harness/stubs.h"

namespace mcmig::bench {
namespace {

const Binaries kBinaries{.product = "services/mcmig/mcmig",
                         .empty = "tests/bench/empty_chain",
                         .handwritten = "tests/bench/handwritten_chain",
                         .no_sync = "tests/bench/libno_sync.so"};
constexpr int kUsers = 20;
constexpr uint64_t kRequests = 200;

// Shape (with gateways or direct) and transport (plain text or mTLS).
class ChainsTest : public testing::TestWithParam<std::pair<bool, bool>> {
 protected:
  ChainsTest() : directory_(absl::StrCat(testing::TempDir(), "/chains")) {
    std::filesystem::remove_all(directory_);
    options_ = {.shape = GetParam().first ? harness::kBothGateways : harness::kDirect,
                .insecure = GetParam().second,
                .users = kUsers};
  }

  Chain Start(ChainKind kind, harness::Deployment* certificates = nullptr) {
    auto chain = StartChain(kind, kBinaries, absl::StrCat(directory_, "/", NameOf(kind)), options_, certificates);
    EXPECT_TRUE(chain.ok()) << chain.status();
    return chain.ok() ? *std::move(chain) : Chain();
  }

  // `tokens`: whose tokens the chain would verify.
  void ExpectAnswers(const Chain& chain, const harness::Deployment& tokens) {
    std::vector<load::Visit> visits;
    for (int i = 0; i < kUsers; ++i) {
      const harness::User user = harness::LoadUser(i);
      config::v1::LoadUser line;
      line.set_primary_mc_service_id(user.PrimaryId());
      line.set_partner_mc_service_id(user.PartnerId());
      line.set_service(config::v1::MCPTT);
      line.set_profile_index(1);
      line.set_access_token(tokens.TokenOf(user));
      visits.push_back(*load::VisitOf(line));
    }
    const load::LoadResult result = load::RunLoad({.in_flight = 8, .requests = kRequests, .timeout = absl::Seconds(20)},
                                                  load::AskPartnerServer(chain.channel, visits));
    EXPECT_EQ(result.succeeded, kRequests) << absl::StrJoin(result.failures, ", ", absl::PairFormatter(" "));
    EXPECT_TRUE(result.AllSucceeded());
  }

  [[nodiscard]] size_t Hops() const { return GetParam().first ? 4 : 2; }

  std::string directory_;
  ChainOptions options_;
};

TEST_P(ChainsTest, EmptyAndHandwrittenChainAnswer) {
  const Chain empty = Start(ChainKind::kEmpty);
  ASSERT_EQ(empty.members.size(), Hops());
  ExpectAnswers(empty, *empty.deployment);
  const Chain handwritten = Start(ChainKind::kHandwritten, empty.deployment.get());
  ASSERT_EQ(handwritten.members.size(), Hops());
  ExpectAnswers(handwritten, *empty.deployment);
}

TEST_P(ChainsTest, ProductAnswersWithoutBringingItsCommitsToTheDisk) {
  const Chain chain = Start(ChainKind::kVolatile);
  ASSERT_EQ(chain.members.size(), Hops());
  ExpectAnswers(chain, *chain.deployment);
}

TEST_P(ChainsTest, TheEmptyChainsLastServerSendsAsManyBytes) {
  if (!GetParam().first || GetParam().second) return;  // the same messages
  const auto bytes_of = [](const Chain& chain) {
    harness::Deployment& deployment = *chain.deployment;
    auto request = harness::RequestOf(harness::LoadUser(0));
    request.set_authenticated_peer_system("south");
    const harness::Answer answer = harness::Ask<v1::PrimaryMcServiceServer>(
        harness::Connect(deployment.primary_server_a->Address("inside"), harness::kPrimaryServerA, deployment.north,
                         &deployment.north.Issue(harness::kNorthGateway)),
        request);
    EXPECT_EQ(answer.Outcome(), "SUCCESS");
    return static_cast<double>(answer.response.ByteSizeLong());
  };
  const Chain product = Start(ChainKind::kVolatile);
  const Chain empty = Start(ChainKind::kEmpty);
  EXPECT_NEAR(bytes_of(empty), bytes_of(product), 32);
}

INSTANTIATE_TEST_SUITE_P(ShapesAndTransports, ChainsTest,
                         testing::Values(std::pair(true, false), std::pair(true, true), std::pair(false, false)),
                         [](const auto& info) {
                           return absl::StrCat(info.param.first ? "Gateways" : "Direct",
                                               info.param.second ? "Insecure" : "Mtls");
                         });

}  // namespace
}  // namespace mcmig::bench
