#include "common/token/base64url.h"

#include "gtest/gtest.h"

namespace mcmig::token {
namespace {

TEST(Base64UrlTest, ExactTextIsDecoded) {
  EXPECT_EQ(DecodeBase64Url(""), "");
  EXPECT_EQ(DecodeBase64Url("Zg"), "f");
  EXPECT_EQ(DecodeBase64Url("Zm8"), "fo");
  EXPECT_EQ(DecodeBase64Url("Zm9v"), "foo");
  EXPECT_EQ(DecodeBase64Url("-_-_"), "\xFB\xFF\xBF");
  EXPECT_EQ(DecodeBase64Url("AAA"), std::string(2, '\0'));
}

TEST(Base64UrlTest, PaddingIsRefused) {
  EXPECT_FALSE(DecodeBase64Url("Zg==").has_value());
  EXPECT_FALSE(DecodeBase64Url("Zm8=").has_value());
  EXPECT_FALSE(DecodeBase64Url("Zm8.").has_value());
}

TEST(Base64UrlTest, WhitespaceIsRefused) {
  for (const char* text : {" Zm9v", "Zm9v ", "Zm\n9v", "Zm9v\n", "Zm\t9v"}) {
    EXPECT_FALSE(DecodeBase64Url(text).has_value()) << text;
  }
}

TEST(Base64UrlTest, AlphabetOfPlainBase64IsRefused) {
  EXPECT_FALSE(DecodeBase64Url("+/+/").has_value());
  EXPECT_FALSE(DecodeBase64Url(absl::string_view("Zm9\0", 4)).has_value());
  EXPECT_FALSE(DecodeBase64Url("Zm9\xC3").has_value());
}

TEST(Base64UrlTest, TrailingBitsOtherThanZeroAreRefused) {
  EXPECT_FALSE(DecodeBase64Url("Zh").has_value());
  EXPECT_FALSE(DecodeBase64Url("Zm9").has_value());
}

TEST(Base64UrlTest, ImpossibleLengthIsRefused) {
  EXPECT_FALSE(DecodeBase64Url("Z").has_value());
  EXPECT_FALSE(DecodeBase64Url("Zm9vZ").has_value());
}

}  // namespace
}  // namespace mcmig::token
