#include "common/register/restore.h"

#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "common/register/backup_export.h"
#include "common/register/incarnation_file.h"
#include "common/register/rocksdb_migration_store.h"
#include "common/register/rocksdb_visitor_store.h"
#include "common/register/testing/migration_store_values.h"
#include "common/register/testing/rocksdb_place.h"
#include "common/register/testing/visitor_store_values.h"
#include "common/register/verification.h"
#include "gtest/gtest.h"

namespace mcmig::migration {
namespace {

constexpr int kUsers = 3'000;

std::vector<v1::BackupPage> PagesOf(FrozenStore store) {
  BackupExport backup(std::move(store), "north", absl::FromUnixSeconds(1'800'000'000));
  std::vector<v1::BackupPage> pages;
  while (!backup.done()) pages.push_back(*backup.Next());
  return pages;
}

absl::StatusOr<Restored> Restore(const std::string& directory, const std::vector<v1::BackupPage>& pages) {
  return RestoreRocksDb(directory, [&pages]() -> absl::StatusOr<BackupPages> {
    return [&pages, next = size_t{0}]() mutable -> absl::StatusOr<std::optional<v1::BackupPage>> {
      if (next == pages.size()) return std::nullopt;
      return pages[next++];
    };
  });
}

uint64_t FindingsIn(FrozenStore store) {
  Verification verification(std::move(store), absl::FromUnixSeconds(1'800'000'000), absl::ZeroDuration());
  uint64_t findings = 0;
  for (;;) {
    const Verification::Step step = *verification.Next(1'000);
    findings += step.findings.size();
    if (step.done) return findings;
  }
}

class RestoreTest : public ::testing::Test {
 protected:
  void SetUp() override {
    const auto store = *OpenRocksDbMigrationStore(source_);
    ASSERT_TRUE(store->SetAgreements({{"p", {protocol::McService::kMcptt}}}).ok());
    std::vector<Mutation> mutations;
    for (int i = 0; i < kUsers; ++i) {
      const UserKey user = UserNamed("user" + std::to_string(i));
      mutations.push_back(MigrateTo("p", user, *store->Read(user, "p")));
    }
    ASSERT_TRUE(store->Apply(mutations).ok());
    const UserKey back = UserNamed("user0");
    ASSERT_TRUE(store->Apply({TakeBack(Change::kRevoked, back, *store->Read(back, ""))}).ok());
    pages_ = PagesOf(*store->Freeze());
    ASSERT_GT(pages_.size(), 2U);
  }

  const std::string source_ = NewStoreDirectory();
  std::vector<v1::BackupPage> pages_;
};

TEST_F(RestoreTest, RestoredStoreHasEverythingInALaterIncarnationAndIsToBeReconciled) {
  const std::string directory = NewStoreDirectory();
  const absl::StatusOr<Restored> restored = Restore(directory, pages_);
  ASSERT_TRUE(restored.ok()) << restored.status();
  EXPECT_EQ(restored->incarnation, 2U);
  EXPECT_EQ(**ReadIncarnation(directory), 2U);
  EXPECT_FALSE(std::filesystem::exists(directory + ".restoring"));
  for (int opened = 0; opened < 2; ++opened) {
    const auto store = OpenRocksDbMigrationStore(directory);
    ASSERT_TRUE(store.ok()) << store.status();
    EXPECT_EQ((*store)->incarnation(), 2U);
    EXPECT_EQ(*(*store)->CountMigrated(), static_cast<uint64_t>(kUsers) - 1);
    EXPECT_EQ((*store)->ListOutbox("p", 0, 10)->size(), 1U);
    EXPECT_EQ(FindingsIn(*(*store)->Freeze()), 0U);
    EXPECT_EQ(*(*store)->ReconciliationPending(), opened == 0);
    ASSERT_TRUE((*store)->SetReconciled().ok());
  }
}

TEST_F(RestoreTest, IncarnationIsLaterThanAnyThatRanThere) {
  const std::string directory = NewStoreDirectory();
  std::filesystem::create_directories(directory);
  ASSERT_TRUE(WriteIncarnation(directory, 41).ok());
  EXPECT_EQ(Restore(directory, pages_)->incarnation, 42U);
  // Once more from the same backup.
  std::filesystem::remove_all(directory);
  EXPECT_EQ(Restore(directory, pages_)->incarnation, 43U);
}

TEST_F(RestoreTest, CopyFromBeforeTheRestoreDoesNotStart) {
  const std::string copy = source_ + "-copy";
  std::filesystem::copy(source_, copy, std::filesystem::copy_options::recursive);
  std::filesystem::remove_all(source_);
  ASSERT_TRUE(Restore(source_, pages_).ok());
  std::filesystem::remove_all(source_);
  std::filesystem::copy(copy, source_, std::filesystem::copy_options::recursive);
  EXPECT_EQ(OpenRocksDbMigrationStore(source_).status().code(), absl::StatusCode::kFailedPrecondition);
}

TEST_F(RestoreTest, DirectoryThatIsNotEmptyIsLeftAlone) {
  EXPECT_EQ(Restore(source_, pages_).status().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(**ReadIncarnation(source_), 1U);
  EXPECT_TRUE(OpenRocksDbMigrationStore(source_).ok());
}

TEST_F(RestoreTest, NothingIsMadeOfABackupThatEndsInAnError) {
  const std::string directory = NewStoreDirectory();
  const absl::Status failed =
      RestoreRocksDb(directory, [this]() -> absl::StatusOr<BackupPages> {
        return [this, next = size_t{0}]() mutable -> absl::StatusOr<std::optional<v1::BackupPage>> {
          if (next + 1 == pages_.size()) return absl::DataLossError("cut off");
          return pages_[next++];
        };
      }).status();
  EXPECT_EQ(failed.code(), absl::StatusCode::kDataLoss);
  EXPECT_FALSE(std::filesystem::exists(directory));
  EXPECT_FALSE(ReadIncarnation(directory)->has_value());
}

TEST_F(RestoreTest, BackupOfAnotherKindOrLayoutIsRefused) {
  const std::string directory = NewStoreDirectory();
  const auto refused = [&](auto change) {
    std::vector<v1::BackupPage> changed = pages_;
    change(changed);
    return Restore(directory, changed).status().code() == absl::StatusCode::kInvalidArgument;
  };
  EXPECT_TRUE(refused([](auto& pages) { pages.clear(); }));
  EXPECT_TRUE(refused([](auto& pages) { pages[0].clear_description(); }));
  EXPECT_TRUE(refused([](auto& pages) { pages[0].mutable_description()->set_schema(99); }));
  EXPECT_TRUE(refused([](auto& pages) { pages[0].mutable_description()->set_kind(v1::REGISTER_KIND_VISITORS); }));
  EXPECT_TRUE(refused([](auto& pages) { pages[0].mutable_description()->set_incarnation(0); }));
  EXPECT_TRUE(refused([](auto& pages) { pages[1].mutable_rows(0)->set_family(9); }));
  EXPECT_TRUE(refused([](auto& pages) {
    pages[1].mutable_rows(0)->set_family(0);
    pages[1].mutable_rows(0)->set_key("store");
  }));
  EXPECT_FALSE(ReadIncarnation(directory)->has_value());
}

TEST_F(RestoreTest, RemainsOfARestoreThatWasInterruptedAreNoHindrance) {
  const std::string directory = NewStoreDirectory();
  std::filesystem::create_directories(directory + ".restoring");
  std::ofstream(directory + ".restoring/CURRENT") << "half";
  ASSERT_TRUE(WriteIncarnation(directory, 2).ok());
  EXPECT_EQ(Restore(directory, pages_)->incarnation, 3U);
}

TEST_F(RestoreTest, VisitorStoreAndAnEmptyOneAreRestoredToo) {
  const std::string source = NewStoreDirectory();
  std::vector<v1::BackupPage> pages;
  {
    const auto store = *OpenRocksDbVisitorStore(source);
    ASSERT_TRUE(store->Apply({VisitOf("alice", 1, 1), CancelOf("bob", 1, 2)}).ok());
    pages = PagesOf(*store->Freeze());
  }
  const std::string directory = NewStoreDirectory();
  ASSERT_EQ(Restore(directory, pages)->kind, StoreKind::kVisitors);
  {
    const auto store = *OpenRocksDbVisitorStore(directory);
    EXPECT_EQ(*store->CountVisitors(), 1U);
    EXPECT_TRUE(store->FindCancelled(VisitorNamed("bob"))->has_value());
    EXPECT_TRUE(*store->ReconciliationPending());
  }
  std::filesystem::remove_all(directory);
  EXPECT_EQ(RestoreEmptyRocksDb(directory, StoreKind::kVisitors)->incarnation, 3U);
  const auto store = OpenRocksDbVisitorStore(directory);
  ASSERT_TRUE(store.ok()) << store.status();
  EXPECT_EQ(*(*store)->CountVisitors(), 0U);
}

}  // namespace
}  // namespace mcmig::migration
