#include "common/audit/chain.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "gtest/gtest.h"

namespace mcmig::audit {
namespace {

std::string LineAfter(Position& at, absl::string_view members) {
  std::string line;
  AppendRecord(members, at, line);
  return std::string(absl::StripSuffix(line, "\n"));
}

TEST(ChainTest, ARecordIsOneLineWhoseChainIsTheDigestOfWhatIsBeforeIt) {
  Position at;
  EXPECT_EQ(LineAfter(at, R"("kind":"a")"),
            absl::StrCat(R"({"seq":1,"kind":"a","chain":")", HexOf(DigestOf({}, R"({"seq":1,"kind":"a")")), "\"}"));
  const Hash first = at.chain;
  EXPECT_EQ(LineAfter(at, R"("kind":"b")"),
            absl::StrCat(R"({"seq":2,"kind":"b","chain":")", HexOf(DigestOf(first, R"({"seq":2,"kind":"b")")), "\"}"));
}

TEST(ChainTest, TheDigestIsSha256) {
  EXPECT_EQ(HexOf(DigestOf({}, "")), "66687aadf862bd776c8fc18b8e9f8e20089714856ee233b3902a591d0d5f2925");
}

TEST(ChainTest, WhatWasWrittenIsReadInOrder) {
  Position written;
  Position read;
  for (const char* members : {R"("a":1)", R"("b":2)", R"("c":"\",\"chain\":\"")"}) {
    EXPECT_TRUE(ReadRecord(LineAfter(written, members), read).ok());
    EXPECT_EQ(read, written);
  }
}

TEST(ChainTest, AnotherByteAnywhereIsFound) {
  Position begin{.sequence = 6, .chain = DigestOf({}, "before")};
  Position at = begin;
  const std::string line = LineAfter(at, R"("kind":"call","rule":"step7.recorded")");
  for (size_t place = 0; place < line.size(); ++place) {
    for (int byte = 0; byte < 256; ++byte) {
      std::string changed = line;
      if (changed[place] == static_cast<char>(byte)) continue;
      changed[place] = static_cast<char>(byte);
      Position read = begin;
      ASSERT_TRUE(absl::IsDataLoss(ReadRecord(changed, read))) << place << " " << byte;
      ASSERT_EQ(read, begin);
    }
  }
}

TEST(ChainTest, ARecordElsewhereInTheChainIsFound) {
  Position at;
  const std::string first = LineAfter(at, R"("a":1)");
  const std::string second = LineAfter(at, R"("a":1)");
  Position read;
  EXPECT_TRUE(absl::IsDataLoss(ReadRecord(second, read)));
  ASSERT_TRUE(ReadRecord(first, read).ok());
  EXPECT_TRUE(absl::IsDataLoss(ReadRecord(first, read)));
  Position other{.sequence = 1, .chain = DigestOf({}, "another log")};
  EXPECT_TRUE(absl::IsDataLoss(ReadRecord(second, other)));
}

TEST(ChainTest, OnlyLowerCaseHexIsAHash) {
  const std::string hex = HexOf(DigestOf({}, "a"));
  ASSERT_TRUE(HashOf(hex).has_value());
  EXPECT_EQ(HexOf(*HashOf(hex)), hex);
  std::string upper = hex;
  for (char& c : upper) c = static_cast<char>(toupper(c));
  EXPECT_FALSE(HashOf(upper).has_value());
  EXPECT_FALSE(HashOf(hex.substr(1)).has_value());
  EXPECT_FALSE(HashOf(hex + "0").has_value());
}

TEST(ChainTest, WhatALineStatesIsRead) {
  const Hash previous = DigestOf({}, "previous");
  Position at{.sequence = 3, .chain = previous};
  const std::string line = LineAfter(at, absl::StrCat(PreviousMember(previous), R"(,"kind":"segment")"));
  EXPECT_EQ(StatedPrevious(line), previous);
  EXPECT_EQ(StatedChain(line), at.chain);
  EXPECT_EQ(StatedPrevious(LineAfter(at, absl::StrCat(R"("kind":"a",)", PreviousMember(previous)))), std::nullopt);
  EXPECT_EQ(StatedChain(R"({"seq":1})"), std::nullopt);
}

}  // namespace
}  // namespace mcmig::audit
