// The simulated stores pass the suites of the real ones, and lose what a crash loses.
#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "common/register/row_codec.h"
#include "common/register/row_migration_store.h"
#include "common/register/testing/memory_database.h"
#include "common/register/testing/migration_store_contract.h"
#include "common/register/testing/visitor_store_contract.h"
#include "common/register/testing/visitor_store_values.h"
#include "gtest/gtest.h"

namespace mcmig::migration {
namespace {

MigrationStorePlace MemoryMigrations() {
  const auto disk = std::make_shared<MemoryDisk>();
  return {.open = [disk] { return disk->OpenMigrations(); },
          .damage_record =
              [disk](const UserKey& key) {
                const std::vector<std::string> families = RowMigrationStore::Families();
                const auto records = std::find(families.begin(), families.end(), "records");
                disk->Damage(static_cast<size_t>(records - families.begin()) + 1, row::KeyOf(key), "no record");
              }};
}
INSTANTIATE_TEST_SUITE_P(Memory, MigrationStoreContract, testing::Values(&MemoryMigrations));

VisitorStorePlace MemoryVisitors() {
  const auto disk = std::make_shared<MemoryDisk>();
  return {.open = [disk] { return disk->OpenVisitors(); }};
}
INSTANTIATE_TEST_SUITE_P(Memory, VisitorStoreContract, testing::Values(&MemoryVisitors));

using Fault = MemoryDisk::Fault;
using LastWrite = MemoryDisk::LastWrite;

class MemoryDiskTest : public testing::Test {
 protected:
  void SetUp() override { Open(); }
  void Open() {
    store_.reset();
    auto opened = disk_.OpenVisitors();
    ASSERT_TRUE(opened.ok()) << opened.status();
    store_ = *std::move(opened);
  }
  absl::Status Write(const VisitorChange& change) { return store_->Apply({change}).status(); }
  // The counter of alice's visit; 0 where there is none.
  uint64_t Counter() {
    const absl::StatusOr<std::optional<Visitor>> found = store_->FindVisitor(VisitorNamed("alice"));
    return found.ok() && found->has_value() ? (*found)->epoch.counter : 0;
  }

  MemoryDisk disk_;
  std::unique_ptr<VisitorStore> store_;
};

TEST_F(MemoryDiskTest, CrashKeepsWhatWasSyncedAndLosesTheRest) {
  ASSERT_TRUE(Write(VisitOf("alice", 1, 1)).ok());
  EXPECT_EQ(disk_.syncs(), 1);
  disk_.Set(Fault::kNoSync);
  ASSERT_TRUE(Write(VisitOf("alice", 1, 2)).ok());
  ASSERT_TRUE(Write(CancelOf("alice", 1, 2)).ok());
  ASSERT_TRUE(Write(VisitOf("alice", 1, 3)).ok());
  EXPECT_EQ(Counter(), 3U);
  disk_.Crash(LastWrite::kKept);
  Open();
  EXPECT_EQ(Counter(), 1U);
  EXPECT_EQ(*store_->CountVisitors(), 1U);
  EXPECT_FALSE(store_->FindCancelled(VisitorNamed("alice"))->has_value());
}

TEST_F(MemoryDiskTest, ASyncMakesTheWritesBeforeItDurable) {
  disk_.Set(Fault::kNoSync);
  ASSERT_TRUE(Write(VisitOf("alice", 1, 1)).ok());
  disk_.Set(Fault::kNone);
  ASSERT_TRUE(Write(VisitOf("bob", 1, 1)).ok());
  disk_.Crash(LastWrite::kLost);
  Open();
  EXPECT_EQ(Counter(), 1U);
}

TEST_F(MemoryDiskTest, AFailedWriteIsNotReadableAndAFailedSyncIsOpenUntilTheCrash) {
  for (const LastWrite kept : {LastWrite::kLost, LastWrite::kKept}) {
    disk_.Set(Fault::kWrite);
    EXPECT_EQ(Write(VisitOf("alice", 1, 1)).code(), absl::StatusCode::kUnavailable);
    disk_.Crash(kept);
    Open();
    EXPECT_EQ(Counter(), 0U);
    disk_.Set(Fault::kSync);
    EXPECT_EQ(Write(VisitOf("alice", 1, 1)).code(), absl::StatusCode::kUnavailable);
    EXPECT_EQ(Counter(), 0U);
    disk_.Crash(kept);
    Open();
    EXPECT_EQ(Counter(), kept == LastWrite::kKept ? 1U : 0U);
    EXPECT_EQ(*store_->CountVisitors(), Counter());
  }
}

TEST_F(MemoryDiskTest, AStoppedStoreReadsAndWritesNothing) {
  ASSERT_TRUE(Write(VisitOf("alice", 1, 1)).ok());
  disk_.Crash(LastWrite::kLost);
  EXPECT_EQ(Write(VisitOf("alice", 1, 2)).code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(store_->FindVisitor(VisitorNamed("alice")).status().code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(store_->ListVisitors("", "", 1).status().code(), absl::StatusCode::kUnavailable);
  const std::unique_ptr<VisitorStore> stopped = std::move(store_);
  Open();
  EXPECT_EQ(Counter(), 1U);
  EXPECT_EQ(disk_.OpenVisitors().status().code(), absl::StatusCode::kFailedPrecondition);
}

TEST_F(MemoryDiskTest, ABackupIsWhatWasThereThen) {
  ASSERT_TRUE(Write(VisitOf("alice", 1, 1)).ok());
  const MemoryDisk::Image backup = disk_.Backup();
  ASSERT_TRUE(Write(VisitOf("alice", 1, 2)).ok());
  disk_.Crash(LastWrite::kLost);
  disk_.Restore(backup);
  Open();
  EXPECT_EQ(Counter(), 1U);
}

TEST_F(MemoryDiskTest, IncarnationIsThatOfTheOpening) {
  MemoryDisk disk;
  EXPECT_EQ((*disk.OpenMigrations())->incarnation(), 1U);
  disk.SetIncarnation(4);
  EXPECT_EQ((*disk.OpenMigrations())->incarnation(), 4U);
}

}  // namespace
}  // namespace mcmig::migration
