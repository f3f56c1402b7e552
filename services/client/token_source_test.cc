#include "services/client/token_source.h"

#include <fstream>
#include <string>

#include "absl/status/status.h"
#include "gtest/gtest.h"

namespace mcmig::client {
namespace {

class FileTokenSourceTest : public ::testing::Test {
 protected:
  void Write(const std::string& content) { std::ofstream(file_, std::ios::binary | std::ios::trunc) << content; }

  std::string file_ = ::testing::TempDir() + "/access-token";
  FileTokenSource source_;
};

TEST_F(FileTokenSourceTest, ARefreshedTokenIsUsedAtOnce) {
  Write("header.claims.signature\n");
  EXPECT_EQ(*source_.Read(file_), "header.claims.signature");
  Write("header.claims2.signature2");
  EXPECT_EQ(*source_.Read(file_), "header.claims2.signature2");
}

TEST_F(FileTokenSourceTest, WithoutATokenNothingCanBeSent) {
  EXPECT_TRUE(absl::IsUnavailable(source_.Read(file_ + ".missing").status()));
  EXPECT_TRUE(absl::IsUnavailable(source_.Read(::testing::TempDir()).status()));
  Write("");
  EXPECT_TRUE(absl::IsUnavailable(source_.Read(file_).status()));
  Write(" \n");
  EXPECT_TRUE(absl::IsUnavailable(source_.Read(file_).status()));
}

TEST_F(FileTokenSourceTest, ATokenIsBounded) {
  Write(std::string(FileTokenSource::kMaxBytes, 'a'));
  EXPECT_TRUE(source_.Read(file_).ok());
  Write(std::string(FileTokenSource::kMaxBytes + 1, 'a'));
  EXPECT_TRUE(absl::IsUnavailable(source_.Read(file_).status()));
}

}  // namespace
}  // namespace mcmig::client
