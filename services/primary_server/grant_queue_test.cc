#include "services/primary_server/grant_queue.h"

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "common/async/manual_executor.h"
#include "common/token/grant_in_tree.h"
#include "common/token/grant_test_keys.h"
#include "gtest/gtest.h"

namespace mcmig::primary_server {
namespace {

class GrantQueueTest : public ::testing::Test {
 protected:
  // Asks for grants, the i-th with that profile index.
  void Ask(GrantQueue& queue, size_t count, const std::string& audience = "south") {
    for (size_t i = 0; i < count; ++i) {
      token::Grant grant = token::AliceGrant();
      grant.profile_index = static_cast<uint8_t>(i);
      texts_.emplace_back();
      executor_.Spawn(Keep(queue.Sign(executor_, std::move(grant), audience), texts_.size() - 1));
    }
  }
  async::Task<> Keep(async::Task<absl::StatusOr<std::string>> task, size_t at) {
    absl::StatusOr<std::string> text = co_await task;
    texts_[at].emplace(std::move(text));
  }
  // Of each grant that south takes its profile index, of another nothing.
  std::vector<std::optional<int>> Verified() {
    std::vector<std::optional<int>> found;
    for (const auto& text : texts_) {
      const auto grant = verifier_.VerifyGrant(text.value_or(absl::InternalError("none")).value_or(""));
      found.push_back(grant.ok() ? std::optional<int>(grant->profile_index) : std::nullopt);
    }
    return found;
  }
  bool InTree(size_t i) { return token::IsInTree(**texts_.at(i)); }
  std::string TreeOf(size_t i) { return token::ReadInTree(**texts_.at(i))->tree; }

  async::ManualExecutor executor_;
  const token::GrantSigner signer_ = token::NorthSigner();
  const token::GrantVerifier verifier_ = token::SouthVerifier();
  std::vector<std::optional<absl::StatusOr<std::string>>> texts_;
};

TEST_F(GrantQueueTest, WhatIsWantedAtTheSameTimeSharesASignature) {
  GrantQueue queue(signer_, 64);
  Ask(queue, 3);
  executor_.RunUntilIdle();
  EXPECT_EQ(Verified(), (std::vector<std::optional<int>>{0, 1, 2}));
  EXPECT_EQ(TreeOf(0), TreeOf(1));
  EXPECT_EQ(TreeOf(0), TreeOf(2));
}

TEST_F(GrantQueueTest, WhatIsWantedLaterOrAloneIsSignedForItself) {
  GrantQueue queue(signer_, 64);
  Ask(queue, 1);
  executor_.RunUntilIdle();
  Ask(queue, 1);
  executor_.RunUntilIdle();
  EXPECT_EQ(Verified(), (std::vector<std::optional<int>>{0, 0}));
  EXPECT_FALSE(InTree(0));
  EXPECT_FALSE(InTree(1));
}

TEST_F(GrantQueueTest, AFullGroupTakesNoMore) {
  GrantQueue queue(signer_, 2);
  Ask(queue, 5);
  executor_.RunUntilIdle();
  EXPECT_EQ(Verified(), (std::vector<std::optional<int>>{0, 1, 2, 3, 4}));
  EXPECT_EQ(TreeOf(0), TreeOf(1));
  EXPECT_EQ(TreeOf(2), TreeOf(3));
  EXPECT_NE(TreeOf(0), TreeOf(2));
  EXPECT_FALSE(InTree(4));
}

TEST_F(GrantQueueTest, PartnersShareNoSignature) {
  GrantQueue queue(signer_, 64);
  Ask(queue, 2);
  Ask(queue, 2, "east");
  executor_.RunUntilIdle();
  EXPECT_EQ(Verified(), (std::vector<std::optional<int>>{0, 1, std::nullopt, std::nullopt}));
  EXPECT_NE(TreeOf(0), TreeOf(2));
}

TEST_F(GrantQueueTest, OneForASignatureIsSignedAtOnce) {
  GrantQueue queue(signer_, 1);
  Ask(queue, 2);
  EXPECT_EQ(Verified(), (std::vector<std::optional<int>>{0, 1}));
  EXPECT_FALSE(InTree(0));
}

}  // namespace
}  // namespace mcmig::primary_server
