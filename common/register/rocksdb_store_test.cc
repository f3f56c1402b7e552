#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "common/register/rocksdb_migration_store.h"
#include "common/register/rocksdb_visitor_store.h"
#include "common/register/storage.pb.h"
#include "common/register/testing/failing_disk.h"
#include "common/register/testing/migration_store_contract.h"
#include "common/register/testing/rocksdb_place.h"
#include "common/register/testing/visitor_store_contract.h"
#include "gtest/gtest.h"

namespace mcmig::migration {
namespace {

MigrationStorePlace RocksDbMigrations() {
  const std::string directory = NewStoreDirectory();
  return {.open = [directory]() -> absl::StatusOr<std::unique_ptr<MigrationStore>> {
            return OpenRocksDbMigrationStore(directory);
          },
          .damage_record =
              [directory](const UserKey& key) {
                EditStore(directory, "records", [&key](rocksdb::DB& db, rocksdb::ColumnFamilyHandle* family) {
                  const std::unique_ptr<rocksdb::Iterator> rows(db.NewIterator({}, family));
                  rows->Seek(key.canonical_id);
                  ASSERT_TRUE(rows->Valid());
                  ASSERT_TRUE(db.Put({}, family, rows->key(), "no record").ok());
                });
              }};
}
INSTANTIATE_TEST_SUITE_P(RocksDb, MigrationStoreContract, testing::Values(&RocksDbMigrations));

VisitorStorePlace RocksDbVisitors() {
  const std::string directory = NewStoreDirectory();
  return {.open = [directory]() -> absl::StatusOr<std::unique_ptr<VisitorStore>> {
    return OpenRocksDbVisitorStore(directory);
  }};
}
INSTANTIATE_TEST_SUITE_P(RocksDb, VisitorStoreContract, testing::Values(&RocksDbVisitors));

absl::Status OpenStatus(const std::string& directory) { return OpenRocksDbMigrationStore(directory).status(); }

void CommitFor(MigrationStore& store, const std::string& name) {
  const UserKey user = UserNamed(name);
  const absl::StatusOr<std::vector<CommitOutcome>> outcomes =
      store.Apply({MigrateTo("p", user, *store.Read(user, "p"))});
  ASSERT_TRUE(outcomes.ok()) << outcomes.status();
  ASSERT_EQ(outcomes->front(), CommitOutcome::kCommitted);
}

TEST(RocksDbStoreTest, SecondOwnerIsRefused) {
  const std::string directory = NewStoreDirectory();
  const auto owner = OpenRocksDbMigrationStore(directory);
  ASSERT_TRUE(owner.ok()) << owner.status();
  const absl::Status second = OpenStatus(directory);
  EXPECT_EQ(second.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_TRUE(absl::StrContains(second.message(), "in use")) << second;
}

TEST(RocksDbStoreTest, DirectoryIsOpenToItsOwnerOnly) {
  const std::string directory = NewStoreDirectory();
  ASSERT_TRUE(OpenStatus(directory).ok());
  EXPECT_EQ(std::filesystem::status(directory).permissions(), std::filesystem::perms::owner_all);
}

void SetSchema(const std::string& directory, uint32_t schema) {
  EditStore(directory, rocksdb::kDefaultColumnFamilyName,
            [schema](rocksdb::DB& db, rocksdb::ColumnFamilyHandle* family) {
              std::string value;
              ASSERT_TRUE(db.Get({}, family, "store", &value).ok());
              storage::StoreMeta meta;
              ASSERT_TRUE(meta.ParseFromString(value));
              meta.set_schema(schema);
              ASSERT_TRUE(db.Put({}, family, "store", meta.SerializeAsString()).ok());
            });
}

TEST(RocksDbStoreTest, LaterUnknownOrMissingSchemaIsRefused) {
  const std::string directory = NewStoreDirectory();
  ASSERT_TRUE(OpenStatus(directory).ok());
  for (const uint32_t schema : {3, 0}) {
    SetSchema(directory, schema);
    EXPECT_EQ(OpenStatus(directory).code(), absl::StatusCode::kFailedPrecondition);
  }
  SetSchema(directory, 1);
  EXPECT_TRUE(OpenStatus(directory).ok());
  EditStore(directory, rocksdb::kDefaultColumnFamilyName, [](rocksdb::DB& db, rocksdb::ColumnFamilyHandle* family) {
    ASSERT_TRUE(db.Delete({}, family, "store").ok());
  });
  EXPECT_EQ(OpenStatus(directory).code(), absl::StatusCode::kDataLoss);
}

TEST(RocksDbStoreTest, ColumnFamilyOfALaterVersionIsRefused) {
  const std::string directory = NewStoreDirectory();
  ASSERT_TRUE(OpenStatus(directory).ok());
  EditStore(directory, "invented_later", [](rocksdb::DB&, rocksdb::ColumnFamilyHandle*) {});
  EXPECT_EQ(OpenStatus(directory).code(), absl::StatusCode::kFailedPrecondition);
}

TEST(RocksDbStoreTest, StoreOfTheOtherKindIsRefused) {
  const std::string migrations = NewStoreDirectory();
  ASSERT_TRUE(OpenStatus(migrations).ok());
  EXPECT_EQ(OpenRocksDbVisitorStore(migrations).status().code(), absl::StatusCode::kFailedPrecondition);
  const std::string visitors = NewStoreDirectory();
  ASSERT_TRUE(OpenRocksDbVisitorStore(visitors).ok());
  EXPECT_EQ(OpenStatus(visitors).code(), absl::StatusCode::kFailedPrecondition);
}

TEST(RocksDbStoreTest, DirectoryThatCannotBeMadeIsUnavailable) {
  const std::string directory = NewStoreDirectory();
  std::filesystem::create_directories(std::filesystem::path(directory).parent_path());
  std::ofstream(directory) << "a file";
  EXPECT_EQ(OpenStatus(directory).code(), absl::StatusCode::kUnavailable);
}

// The log that holds commits; the greatest of them.
std::string LogOf(const std::string& directory) {
  std::string largest;
  for (const auto& entry : std::filesystem::directory_iterator(directory)) {
    if (entry.path().extension() != ".log") continue;
    if (largest.empty() || entry.file_size() > std::filesystem::file_size(largest)) largest = entry.path();
  }
  return largest;
}

TEST(RocksDbStoreTest, DamageWithinTheLogIsDataLossNotForgetting) {
  const std::string directory = NewStoreDirectory();
  {
    const auto store = OpenRocksDbMigrationStore(directory);
    for (const char* name : {"a", "b", "c", "d"}) CommitFor(**store, name);
  }
  const std::string log = LogOf(directory);
  std::fstream file(log, std::ios::in | std::ios::out | std::ios::binary);
  const auto middle = static_cast<std::streamoff>(std::filesystem::file_size(log) / 2);
  file.seekg(middle);
  const char flipped = static_cast<char>(file.get() ^ 1);
  file.seekp(middle);
  file.put(flipped);
  file.close();
  EXPECT_EQ(OpenStatus(directory).code(), absl::StatusCode::kDataLoss);
}

TEST(RocksDbStoreTest, TornEndOfTheLogLosesOnlyTheWriteThatWasNeverAcknowledged) {
  const std::string directory = NewStoreDirectory();
  {
    const auto store = OpenRocksDbMigrationStore(directory);
    for (const char* name : {"a", "b"}) CommitFor(**store, name);
  }
  const std::string log = LogOf(directory);
  std::filesystem::resize_file(log, std::filesystem::file_size(log) - 1);
  const auto store = OpenRocksDbMigrationStore(directory);
  ASSERT_TRUE(store.ok()) << store.status();
  EXPECT_EQ((*store)->ListRecords(std::nullopt, 10)->size(), 1U);
}

TEST(RocksDbStoreTest, RecordsOfAStoreWithoutACountAreCounted) {
  const std::string directory = NewStoreDirectory();
  {
    const auto store = OpenRocksDbMigrationStore(directory);
    for (const char* name : {"a", "b"}) CommitFor(**store, name);
  }
  EditStore(directory, rocksdb::kDefaultColumnFamilyName, [](rocksdb::DB& db, rocksdb::ColumnFamilyHandle* family) {
    ASSERT_TRUE(db.Delete({}, family, "count").ok());
  });
  const auto store = OpenRocksDbMigrationStore(directory);
  ASSERT_TRUE(store.ok()) << store.status();
  EXPECT_EQ(*(*store)->CountMigrated(), 2U);
}

TEST(RocksDbStoreTest, EveryCommitSyncsTheLog) {
  const auto disk = std::make_shared<FailingDisk>();
  const std::unique_ptr<rocksdb::Env> env = rocksdb::NewCompositeEnv(disk);
  const auto store = OpenRocksDbMigrationStore(NewStoreDirectory(), {.env = env.get()});
  ASSERT_TRUE(store.ok()) << store.status();
  for (const char* name : {"a", "b", "c"}) {
    const int before = disk->syncs();
    CommitFor(**store, name);
    EXPECT_GT(disk->syncs(), before);
  }
}

TEST(RocksDbStoreTest, FailedWriteIsNeverAcknowledgedAndWhatWasAcknowledgedBeforeStays) {
  using Fault = FailingDisk::Fault;
  for (const Fault fault : {Fault::kAppend, Fault::kSync, Fault::kNoSpace}) {
    SCOPED_TRACE(static_cast<int>(fault));
    const auto disk = std::make_shared<FailingDisk>();
    const std::unique_ptr<rocksdb::Env> env = rocksdb::NewCompositeEnv(disk);
    const std::string directory = NewStoreDirectory();
    std::vector<std::string> acknowledged = {"before"};
    {
      const auto store = OpenRocksDbMigrationStore(directory, {.env = env.get()});
      ASSERT_TRUE(store.ok()) << store.status();
      CommitFor(**store, "before");
      disk->Set(fault);
      for (const char* name : {"during", "still"}) {
        const UserKey user = UserNamed(name);
        const Mutation mutation = MigrateTo("p", user, *(*store)->Read(user, "p"));
        EXPECT_EQ((*store)->Apply({mutation}).status().code(), absl::StatusCode::kUnavailable);
        EXPECT_FALSE((*store)->Read(user, "p")->record.has_value());
      }
      disk->Set(Fault::kNone);
      const UserKey user = UserNamed("after");
      const auto outcomes = (*store)->Apply({MigrateTo("p", user, *(*store)->Read(user, "p"))});
      if (outcomes.ok()) acknowledged.emplace_back("after");
    }
    const auto store = OpenRocksDbMigrationStore(directory);
    ASSERT_TRUE(store.ok()) << store.status();
    for (const std::string& name : acknowledged) {
      EXPECT_TRUE((*store)->Read(UserNamed(name), "p")->record.has_value()) << name;
    }
    CommitFor(**store, "reopened");
    EXPECT_EQ(*(*store)->CountMigrated(), (*store)->ListRecords(std::nullopt, 10)->size());
  }
}

}  // namespace
}  // namespace mcmig::migration
