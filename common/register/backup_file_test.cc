#include "common/register/backup_file.h"

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"

namespace mcmig::migration {
namespace {

const std::vector<std::string> kChunks = {"first", std::string(100'000, 'x'), "", "last"};

std::string Read(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

class BackupFileTest : public ::testing::Test {
 protected:
  void SetUp() override {
    path_ = absl::StrCat(::testing::TempDir(), "/backup");
    std::filesystem::remove(path_);
    key_.fill(7);
    Write(path_);
    bytes_ = Read(path_);
  }
  void Write(const std::string& path) {
    const auto writer = BackupWriter::Create(path, key_);
    ASSERT_TRUE(writer.ok()) << writer.status();
    for (size_t i = 0; i < kChunks.size(); ++i) ASSERT_TRUE((*writer)->Write(kChunks[i], i + 1 == kChunks.size()).ok());
    ASSERT_TRUE((*writer)->Finish().ok());
  }
  // How reading `bytes` to the end ends.
  absl::Status ReadAll(const std::string& bytes, const BackupKey& key) {
    const std::string path = absl::StrCat(::testing::TempDir(), "/changed");
    std::ofstream(path, std::ios::binary) << bytes;
    const auto reader = BackupReader::Open(path, key);
    if (!reader.ok()) return reader.status();
    for (;;) {
      const absl::StatusOr<std::optional<std::string>> chunk = (*reader)->Next();
      if (!chunk.ok()) return chunk.status();
      if (!chunk->has_value()) return absl::OkStatus();
    }
  }

  std::string path_;
  BackupKey key_{};
  std::string bytes_;
};

TEST_F(BackupFileTest, ReadsBackAsItWasWrittenAndHidesIt) {
  const auto reader = BackupReader::Open(path_, key_);
  ASSERT_TRUE(reader.ok()) << reader.status();
  for (const std::string& chunk : kChunks) EXPECT_EQ(**(*reader)->Next(), chunk);
  for (int times = 0; times < 2; ++times) EXPECT_FALSE((*(*reader)->Next()).has_value());
  EXPECT_FALSE(absl::StrContains(bytes_, "first"));
  EXPECT_EQ(std::filesystem::status(path_).permissions(),
            std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
}

TEST_F(BackupFileTest, AnyBitThatIsChangedIsFound) {
  ASSERT_TRUE(ReadAll(bytes_, key_).ok());
  // Header, salt, length, text and tag of the first chunk, and the last bytes.
  std::vector<size_t> places;
  for (size_t i = 0; i < 100; ++i) places.push_back(i);
  for (size_t i = 1; i < 50; ++i) places.push_back(bytes_.size() - i);
  for (const size_t place : places) {
    std::string changed = bytes_;
    changed[place] = static_cast<char>(changed[place] ^ 1);
    EXPECT_FALSE(ReadAll(changed, key_).ok()) << place;
  }
}

TEST_F(BackupFileTest, FileThatIsCutOffAnywhereIsFound) {
  const size_t header = BackupCipher::kHeaderBytes;
  for (const size_t bytes : {size_t{0}, header - 1, header, header + 3, header + 4 + 5 + 16, bytes_.size() - 1,
                             bytes_.size() - (4 + 4 + 16)}) {
    EXPECT_FALSE(ReadAll(bytes_.substr(0, bytes), key_).ok()) << bytes;
  }
  EXPECT_FALSE(ReadAll(absl::StrCat(bytes_, "more"), key_).ok());
}

TEST_F(BackupFileTest, ChunksThatChangePlacesOrComeFromAnotherFileAreFound) {
  const size_t header = BackupCipher::kHeaderBytes;
  const size_t first = 4 + kChunks[0].size() + 16;
  const size_t second = 4 + kChunks[1].size() + 16;
  EXPECT_FALSE(ReadAll(absl::StrCat(bytes_.substr(0, header), bytes_.substr(header + first, second),
                                    bytes_.substr(header, first), bytes_.substr(header + first + second)),
                       key_)
                   .ok());
  std::filesystem::remove(path_);
  Write(path_);
  const std::string other = Read(path_);
  EXPECT_NE(other, bytes_);
  EXPECT_FALSE(ReadAll(absl::StrCat(bytes_.substr(0, header), other.substr(header)), key_).ok());
}

TEST_F(BackupFileTest, AnotherKeyOpensNothing) {
  BackupKey other = key_;
  other[31] = 8;
  EXPECT_EQ(ReadAll(bytes_, other).code(), absl::StatusCode::kDataLoss);
}

TEST_F(BackupFileTest, WhatIsThereIsNotReplacedAndWhatIsUnfinishedNotKept) {
  EXPECT_EQ(BackupWriter::Create(path_, key_).status().code(), absl::StatusCode::kFailedPrecondition);
  const std::string path = absl::StrCat(::testing::TempDir(), "/given-up");
  {
    const auto writer = BackupWriter::Create(path, key_);
    ASSERT_TRUE((*writer)->Write("x", true).ok());
  }
  EXPECT_FALSE(std::filesystem::exists(path));
  EXPECT_FALSE(std::filesystem::exists(path + ".unfinished"));
}

TEST_F(BackupFileTest, KeyIsAFileOfItsLength) {
  const std::string path = absl::StrCat(::testing::TempDir(), "/key");
  for (const size_t bytes : {0, 31, 33}) {
    std::ofstream(path) << std::string(bytes, 'k');
    EXPECT_EQ(ReadBackupKey(path).status().code(), absl::StatusCode::kInvalidArgument);
  }
  std::ofstream(path) << std::string(32, 'k');
  EXPECT_EQ((*ReadBackupKey(path))[31], 'k');
  EXPECT_FALSE(ReadBackupKey(path + ".none").ok());
}

}  // namespace
}  // namespace mcmig::migration
