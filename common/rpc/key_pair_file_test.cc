#include "common/rpc/key_pair_file.h"

#include <sys/stat.h>

#include <fstream>
#include <iterator>
#include <string>

#include "gtest/gtest.h"

namespace mcmig::rpc {
namespace {

std::string Read(const std::string& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

std::time_t ModifiedAt(const std::string& path) {
  struct stat state{};
  EXPECT_EQ(stat(path.c_str(), &state), 0);
  return state.st_mtim.tv_sec;
}

TEST(KeyPairFileTest, PathStaysAndThePairAndItsTimeAreNew) {
  const auto file = KeyPairFile::Create("key 1", "chain 1");
  ASSERT_TRUE(file.ok()) << file.status();
  const std::string path = (*file)->path();
  const std::time_t first = ModifiedAt(path);
  EXPECT_EQ(Read(path), "key 1\nchain 1");
  ASSERT_TRUE((*file)->Replace("key 2", "chain 2").ok());
  EXPECT_EQ((*file)->path(), path);
  EXPECT_EQ(Read(path), "key 2\nchain 2");
  // gRPC takes a time of 0 for a failure, and the same time for the same file.
  EXPECT_NE(first, 0);
  EXPECT_NE(ModifiedAt(path), first);
}

TEST(KeyPairFileTest, WhoReadsGoesOnReadingThePairThatWas) {
  const auto file = KeyPairFile::Create("key 1", "chain 1");
  ASSERT_TRUE(file.ok()) << file.status();
  std::ifstream reader((*file)->path());
  ASSERT_TRUE((*file)->Replace("key 2", "chain 2").ok());
  EXPECT_EQ(std::string(std::istreambuf_iterator<char>(reader), std::istreambuf_iterator<char>()), "key 1\nchain 1");
}

TEST(KeyPairFileTest, TwoFilesAreApart) {
  const auto one = KeyPairFile::Create("key 1", "chain 1");
  const auto two = KeyPairFile::Create("key 2", "chain 2");
  ASSERT_TRUE(one.ok() && two.ok());
  EXPECT_EQ(Read((*one)->path()), "key 1\nchain 1");
  EXPECT_EQ(Read((*two)->path()), "key 2\nchain 2");
}

}  // namespace
}  // namespace mcmig::rpc
