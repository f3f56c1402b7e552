#include "common/token/verified_tokens.h"

#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "gtest/gtest.h"

namespace mcmig::token {
namespace {

std::shared_ptr<const AccessToken> ExpiresAt(int seconds) {
  auto token = std::make_shared<AccessToken>();
  token->expires = absl::FromUnixSeconds(seconds);
  return token;
}

TEST(VerifiedTokensTest, RememberedTokenIsFound) {
  VerifiedTokens tokens(2);
  const auto token = ExpiresAt(1);
  EXPECT_EQ(tokens.Find(digest::Sha256Of("a")), nullptr);
  tokens.Insert(digest::Sha256Of("a"), token);
  EXPECT_EQ(tokens.Find(digest::Sha256Of("a")), token);
  EXPECT_EQ(tokens.Find(digest::Sha256Of("b")), nullptr);
}

TEST(VerifiedTokensTest, TokenThatExpiresFirstMakesRoom) {
  VerifiedTokens tokens(2);
  tokens.Insert(digest::Sha256Of("late"), ExpiresAt(30));
  tokens.Insert(digest::Sha256Of("early"), ExpiresAt(10));
  tokens.Insert(digest::Sha256Of("middle"), ExpiresAt(20));
  EXPECT_EQ(tokens.size(), 2);
  EXPECT_EQ(tokens.Find(digest::Sha256Of("early")), nullptr);
  EXPECT_NE(tokens.Find(digest::Sha256Of("late")), nullptr);
  EXPECT_NE(tokens.Find(digest::Sha256Of("middle")), nullptr);
}

TEST(VerifiedTokensTest, NewTokenIsRememberedAlsoWhereItExpiresFirst) {
  VerifiedTokens tokens(1);
  tokens.Insert(digest::Sha256Of("late"), ExpiresAt(30));
  tokens.Insert(digest::Sha256Of("early"), ExpiresAt(10));
  EXPECT_NE(tokens.Find(digest::Sha256Of("early")), nullptr);
  EXPECT_EQ(tokens.size(), 1);
}

TEST(VerifiedTokensTest, TokenInsertedTwiceCountsOnce) {
  VerifiedTokens tokens(2);
  const auto first = ExpiresAt(10);
  tokens.Insert(digest::Sha256Of("a"), first);
  tokens.Insert(digest::Sha256Of("a"), ExpiresAt(10));
  EXPECT_EQ(tokens.size(), 1);
  EXPECT_EQ(tokens.Find(digest::Sha256Of("a")), first);
  tokens.Insert(digest::Sha256Of("b"), ExpiresAt(10));
  EXPECT_EQ(tokens.size(), 2);
}

TEST(VerifiedTokensTest, ThreadsShareItWithinItsBound) {
  constexpr size_t kCapacity = 64;
  VerifiedTokens tokens(kCapacity);
  std::vector<std::thread> threads;
  threads.reserve(4);
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&tokens, i] {
      for (int round = 0; round < 500; ++round) {
        const digest::Sha256 digest = digest::Sha256Of(absl::StrCat(round % 100));
        tokens.Insert(digest, ExpiresAt(round + i));
        if (const auto found = tokens.Find(digest); found != nullptr) EXPECT_GE(found->expires, absl::UnixEpoch());
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(tokens.size(), kCapacity);
}

}  // namespace
}  // namespace mcmig::token
