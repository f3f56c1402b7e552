// A store and the incarnation that is kept outside of it.
#include <filesystem>
#include <fstream>
#include <string>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "common/register/incarnation_file.h"
#include "common/register/rocksdb_migration_store.h"
#include "common/register/rocksdb_visitor_store.h"
#include "common/register/testing/rocksdb_place.h"
#include "gtest/gtest.h"

namespace mcmig::migration {
namespace {

absl::StatusOr<uint64_t> Opened(const std::string& directory) {
  const auto store = OpenRocksDbMigrationStore(directory);
  if (!store.ok()) return store.status();
  return (*store)->incarnation();
}

void Write(const std::string& directory, const std::string& text) { std::ofstream(IncarnationFile(directory)) << text; }

TEST(IncarnationTest, FileStandsBesideTheDirectoryHoweverThatIsWritten) {
  EXPECT_EQ(IncarnationFile("/var/lib/store"), "/var/lib/store.incarnation");
  EXPECT_EQ(IncarnationFile("store//"), "store.incarnation");
}

TEST(IncarnationTest, FirstStartWritesOneAndLaterStartsKeepIt) {
  const std::string directory = NewStoreDirectory();
  for (int opened = 0; opened < 2; ++opened) {
    EXPECT_EQ(*Opened(directory), 1U);
    EXPECT_EQ(**ReadIncarnation(directory), 1U);
  }
  EXPECT_FALSE(std::filesystem::exists(IncarnationFile(directory) + ".new"));
}

TEST(IncarnationTest, StoreOfAnOlderVersionGetsItsFile) {
  const std::string directory = NewStoreDirectory();
  ASSERT_TRUE(Opened(directory).ok());
  std::filesystem::remove(IncarnationFile(directory));
  EXPECT_EQ(*Opened(directory), 1U);
  EXPECT_EQ(**ReadIncarnation(directory), 1U);
}

TEST(IncarnationTest, StoreOlderThanItsIncarnationIsRefusedAndStaysSo) {
  const std::string directory = NewStoreDirectory();
  ASSERT_TRUE(Opened(directory).ok());
  Write(directory, "2\n");
  for (int times = 0; times < 2; ++times) {
    const absl::Status refused = Opened(directory).status();
    EXPECT_EQ(refused.code(), absl::StatusCode::kFailedPrecondition);
    EXPECT_TRUE(absl::StrContains(refused.message(), "mcmig restore")) << refused;
  }
}

TEST(IncarnationTest, EmptyDirectoryWhereAStoreWasIsNoFirstStart) {
  const std::string directory = NewStoreDirectory();
  ASSERT_TRUE(Opened(directory).ok());
  std::filesystem::remove_all(directory);
  for (int times = 0; times < 2; ++times) {
    const absl::Status refused = Opened(directory).status();
    EXPECT_EQ(refused.code(), absl::StatusCode::kFailedPrecondition);
    EXPECT_TRUE(absl::StrContains(refused.message(), "empty")) << refused;
    EXPECT_FALSE(std::filesystem::exists(directory));
  }
}

TEST(IncarnationTest, FileThatIsBehindIsRaised) {
  const std::string directory = NewStoreDirectory();
  ASSERT_TRUE(Opened(directory).ok());
  EditStore(directory, rocksdb::kDefaultColumnFamilyName, [](rocksdb::DB& db, rocksdb::ColumnFamilyHandle* family) {
    // kind 1, schema 2, incarnation 5
    ASSERT_TRUE(db.Put({}, family, "store", "\x08\x01\x10\x02\x18\x05").ok());
  });
  EXPECT_EQ(*Opened(directory), 5U);
  EXPECT_EQ(**ReadIncarnation(directory), 5U);
}

TEST(IncarnationTest, FileThatSaysNothingIsDataLossAndNoFirstStart) {
  const std::string directory = NewStoreDirectory();
  ASSERT_TRUE(Opened(directory).ok());
  for (const char* text : {"", "0\n", "-1\n", "1 2\n", "99999999999999999999999\n"}) {
    Write(directory, text);
    EXPECT_EQ(Opened(directory).status().code(), absl::StatusCode::kDataLoss) << text;
  }
  Write(directory, "1\n");
  EXPECT_TRUE(Opened(directory).ok());
}

TEST(IncarnationTest, VisitorStoreHasOneToo) {
  const std::string directory = NewStoreDirectory();
  ASSERT_TRUE(OpenRocksDbVisitorStore(directory).ok());
  EXPECT_EQ(**ReadIncarnation(directory), 1U);
  Write(directory, "2\n");
  EXPECT_EQ(OpenRocksDbVisitorStore(directory).status().code(), absl::StatusCode::kFailedPrecondition);
}

}  // namespace
}  // namespace mcmig::migration
