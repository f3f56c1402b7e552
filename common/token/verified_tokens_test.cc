#include "common/token/verified_tokens.h"

#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/escaping.h"
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

TEST(VerifiedTokensTest, DigestIsSha256) {
  const TokenDigest digest = DigestOf("abc");
  EXPECT_EQ(absl::BytesToHexString({reinterpret_cast<const char*>(digest.data()), digest.size()}),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

TEST(VerifiedTokensTest, RememberedTokenIsFound) {
  VerifiedTokens tokens(2);
  const auto token = ExpiresAt(1);
  EXPECT_EQ(tokens.Find(DigestOf("a")), nullptr);
  tokens.Insert(DigestOf("a"), token);
  EXPECT_EQ(tokens.Find(DigestOf("a")), token);
  EXPECT_EQ(tokens.Find(DigestOf("b")), nullptr);
}

TEST(VerifiedTokensTest, TokenThatExpiresFirstMakesRoom) {
  VerifiedTokens tokens(2);
  tokens.Insert(DigestOf("late"), ExpiresAt(30));
  tokens.Insert(DigestOf("early"), ExpiresAt(10));
  tokens.Insert(DigestOf("middle"), ExpiresAt(20));
  EXPECT_EQ(tokens.size(), 2);
  EXPECT_EQ(tokens.Find(DigestOf("early")), nullptr);
  EXPECT_NE(tokens.Find(DigestOf("late")), nullptr);
  EXPECT_NE(tokens.Find(DigestOf("middle")), nullptr);
}

TEST(VerifiedTokensTest, NewTokenIsRememberedAlsoWhereItExpiresFirst) {
  VerifiedTokens tokens(1);
  tokens.Insert(DigestOf("late"), ExpiresAt(30));
  tokens.Insert(DigestOf("early"), ExpiresAt(10));
  EXPECT_NE(tokens.Find(DigestOf("early")), nullptr);
  EXPECT_EQ(tokens.size(), 1);
}

TEST(VerifiedTokensTest, TokenInsertedTwiceCountsOnce) {
  VerifiedTokens tokens(2);
  const auto first = ExpiresAt(10);
  tokens.Insert(DigestOf("a"), first);
  tokens.Insert(DigestOf("a"), ExpiresAt(10));
  EXPECT_EQ(tokens.size(), 1);
  EXPECT_EQ(tokens.Find(DigestOf("a")), first);
  tokens.Insert(DigestOf("b"), ExpiresAt(10));
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
        const TokenDigest digest = DigestOf(absl::StrCat(round % 100));
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
