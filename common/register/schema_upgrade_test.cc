// Stores that the first version wrote are opened by this one. The rows below are what that version had on disk.
#include <filesystem>
#include <string>
#include <vector>

#include "absl/strings/escaping.h"
#include "common/register/rocksdb_migration_store.h"
#include "common/register/rocksdb_visitor_store.h"
#include "common/register/testing/migration_store_values.h"
#include "common/register/testing/rocksdb_place.h"
#include "common/register/testing/visitor_store_values.h"
#include "glog/logging.h"
#include "gtest/gtest.h"
#include "rocksdb/write_batch.h"

namespace mcmig::migration {
namespace {

using protocol::Epoch;

struct Row {
  const char* family;
  const char* key;    // in hex
  const char* value;  // in hex
};

// Alice migrated to p, then to q, with a cancel at p; bob migrated to p.
const std::vector<Row> kMigrations1 = {
    {"default", "73746f7265", "080110011801"},
    {"default", "76657273696f6e73", "0802"},
    {"profiles", "7369703a616c696365406e6f7274682e6578616d706c650001",
     "080212177369703a616c696365406e6f7274682e6578616d706c651a35080112076f6e206475747918012a0466697265"
     "321b0a0170121668747470733a2f2f69646d732e702e6578616d706c6532030a0171"},
    {"profiles", "7369703a626f62406e6f7274682e6578616d706c650001",
     "080212157369703a626f62406e6f7274682e6578616d706c651a35080112076f6e206475747918012a0466697265321b"
     "0a0170121668747470733a2f2f69646d732e702e6578616d706c6532030a0171"},
    {"records", "7369703a616c696365406e6f7274682e6578616d706c650001",
     "0a040801100210021a177369703a616c696365406e6f7274682e6578616d706c652201712a157369703a76697369746f"
     "7240712e6578616d706c6530c8013801420b0880e2cfaa0610959aef3a4a100900070000000000000000000000000052"
     "4a0a01711210090007000000000000000000000000001a20000000000000000000000000000000000000000000000000"
     "00000000000000052204080110022a0b08ffe1cfaa0610959aef3a"},
    {"records", "7369703a626f62406e6f7274682e6578616d706c650001",
     "0a040801100110021a157369703a626f62406e6f7274682e6578616d706c652201702a157369703a76697369746f7240"
     "702e6578616d706c6530c8013801420b0880e2cfaa0610959aef3a4a1009000700000000000000000000000000524a0a"
     "01701210090007000000000000000000000000001a200000000000000000000000000000000000000000000000000000"
     "0000000000052204080110012a0b08ffe1cfaa0610959aef3a"},
    {"journal", "0000000000000001",
     "0a177369703a616c696365406e6f7274682e6578616d706c6510011a04080110012a0170321009000700000000000000"
     "0000000000003a0b0880e2cfaa0610959aef3a"},
    {"journal", "0000000000000002",
     "0a177369703a616c696365406e6f7274682e6578616d706c6510011a04080110022201702a0171321009000700000000"
     "0000000000000000003a0b0880e2cfaa0610959aef3a"},
    {"journal", "0000000000000003",
     "0a157369703a626f62406e6f7274682e6578616d706c6510011a04080110012a01703210090007000000000000000000"
     "000000003a0b0880e2cfaa0610959aef3a"},
    {"outbox", "70000000000000000002", "0a177369703a616c696365406e6f7274682e6578616d706c6510011a0408011001"},
    {"agreements", "70", "0801120101"},
    {"agreements", "71", "0801120101"},
};

// All of north.example expected; alice of north served.
const std::vector<Row> kVisitors1 = {
    {"default", "73746f7265", "080210011801"},
    {"expected", "6e6f72746800646e6f7274682e6578616d706c650001", "120b08808080808080808080011a0a08ffffffffffffffff7f"},
    {"visitors", "6e6f727468007369703a616c696365406e6f7274682e6578616d706c650001",
     "0a040801100712177369703a416c696365406e6f7274682e6578616d706c651a137369703a7640736f7574682e657861"
     "6d706c6520032a0b0880e2cfaa0610959aef3a321001020300000000000000000000000000"},
};

// The column families that the first version made.
const std::vector<std::string> kMigrationFamilies1 = {"profiles", "records", "journal", "outbox", "agreements"};
const std::vector<std::string> kVisitorFamilies1 = {"expected", "visitors"};

// A store of schema 1 in a new directory.
std::string StoreOf(const std::vector<std::string>& families, const std::vector<Row>& rows) {
  const std::string directory = NewStoreDirectory();
  std::filesystem::create_directories(directory);
  std::vector<rocksdb::ColumnFamilyDescriptor> descriptors = {
      {rocksdb::kDefaultColumnFamilyName, rocksdb::ColumnFamilyOptions()}};
  for (const std::string& name : families) descriptors.emplace_back(name, rocksdb::ColumnFamilyOptions());
  rocksdb::DBOptions options;
  options.create_if_missing = true;
  options.create_missing_column_families = true;
  std::vector<rocksdb::ColumnFamilyHandle*> handles;
  rocksdb::DB* db = nullptr;
  CHECK(rocksdb::DB::Open(options, directory, descriptors, &handles, &db).ok());
  rocksdb::WriteBatch batch;
  for (const Row& row : rows) {
    for (rocksdb::ColumnFamilyHandle* handle : handles) {
      if (handle->GetName() != row.family) continue;
      CHECK(batch.Put(handle, absl::HexStringToBytes(row.key), absl::HexStringToBytes(row.value)).ok());
    }
  }
  CHECK(db->Write(rocksdb::WriteOptions(), &batch).ok());
  for (rocksdb::ColumnFamilyHandle* handle : handles) CHECK(db->DestroyColumnFamilyHandle(handle).ok());
  CHECK(db->Close().ok());
  delete db;
  return directory;
}

void ExpectWhatSchema1Held(MigrationStore& store) {
  const UserKey alice = UserNamed("alice");
  const Snapshot snapshot = *store.Read(alice, "q");
  ASSERT_TRUE(snapshot.record && snapshot.user && snapshot.agreement);
  EXPECT_EQ(snapshot.record->epoch, (Epoch{.incarnation = 1, .counter = 2}));
  EXPECT_EQ(snapshot.record->partner_system, "q");
  EXPECT_EQ(snapshot.record->authorized_until, absl::InfiniteFuture());
  EXPECT_EQ(snapshot.answered.size(), 1U);
  EXPECT_EQ(snapshot.user->version, 2U);
  EXPECT_FALSE(snapshot.user->profiles.at(0).priority);

  // Found by what schema 2 added.
  const absl::StatusOr<MigrationStore::RecordPage> at_p = store.ListRecordsAt("p", std::nullopt, 10);
  ASSERT_TRUE(at_p.ok()) << at_p.status();
  ASSERT_EQ(at_p->entries.size(), 1U);
  EXPECT_EQ(at_p->entries[0].key, UserNamed("bob"));
  EXPECT_EQ(store.ListRecordsAt("q", std::nullopt, 10)->entries.size(), 1U);
  EXPECT_EQ(*store.CountMigrated(), 2U);
  EXPECT_TRUE(store.ListExpired(absl::InfiniteFuture(), 10)->empty());
  const std::vector<JournalEntry> history = *store.ListHistory(alice, 0, 10);
  ASSERT_EQ(history.size(), 2U);
  EXPECT_EQ(history[0].change, Change::kAuthorized);
  EXPECT_EQ(history[0].before, "p");
  EXPECT_EQ(history[1].after, "p");
  const std::vector<OutboxEntry> cancels = *store.ListOldestCancels();
  ASSERT_EQ(cancels.size(), 1U);
  EXPECT_EQ(cancels[0].partner_system, "p");
  EXPECT_EQ(cancels[0].key, alice);
  EXPECT_EQ(cancels[0].at, history[0].at);
}

TEST(SchemaUpgradeTest, MigrationStoreOfSchema1IsOpenedAndGoesOn) {
  const std::string directory = StoreOf(kMigrationFamilies1, kMigrations1);
  for (int opened = 0; opened < 2; ++opened) {
    const auto store = OpenRocksDbMigrationStore(directory);
    ASSERT_TRUE(store.ok()) << store.status();
    ExpectWhatSchema1Held(**store);
  }
  const auto store = OpenRocksDbMigrationStore(directory);
  ASSERT_TRUE(store.ok()) << store.status();
  const UserKey alice = UserNamed("alice");
  ASSERT_EQ((*store)->Apply({TakeBack(Change::kEnded, alice, *(*store)->Read(alice, "q"))})->front(),
            CommitOutcome::kCommitted);
  EXPECT_TRUE((*store)->ListRecordsAt("q", std::nullopt, 10)->entries.empty());
  EXPECT_EQ((*store)->ListHistory(alice, 0, 10)->front().sequence, 4U);
}

// The metadata says schema 2 only once all is there: until then the upgrade begins again.
TEST(SchemaUpgradeTest, AnUpgradeThatWasInterruptedIsRepeated) {
  const std::string directory = StoreOf(kMigrationFamilies1, kMigrations1);
  {
    ASSERT_TRUE(OpenRocksDbMigrationStore(directory).ok());
  }
  EditStore(directory, rocksdb::kDefaultColumnFamilyName, [](rocksdb::DB& db, rocksdb::ColumnFamilyHandle* family) {
    ASSERT_TRUE(db.Put({}, family, "store", absl::HexStringToBytes(kMigrations1[0].value)).ok());
  });
  EditStore(directory, "by_partner", [](rocksdb::DB& db, rocksdb::ColumnFamilyHandle* family) {
    ASSERT_TRUE(db.DeleteRange({}, family, "", "\xff").ok());
  });
  const auto store = OpenRocksDbMigrationStore(directory);
  ASSERT_TRUE(store.ok()) << store.status();
  ExpectWhatSchema1Held(**store);
}

TEST(SchemaUpgradeTest, DamagedStoreOfSchema1IsNotUpgradedPastTheDamage) {
  const std::string directory = StoreOf(kMigrationFamilies1, kMigrations1);
  EditStore(directory, "records", [](rocksdb::DB& db, rocksdb::ColumnFamilyHandle* family) {
    ASSERT_TRUE(db.Put({}, family, absl::HexStringToBytes(kMigrations1[4].key), "no record").ok());
  });
  for (int times = 0; times < 2; ++times) {
    EXPECT_EQ(OpenRocksDbMigrationStore(directory).status().code(), absl::StatusCode::kDataLoss);
  }
}

TEST(SchemaUpgradeTest, VisitorStoreOfSchema1IsOpenedAndGoesOn) {
  const std::string directory = StoreOf(kVisitorFamilies1, kVisitors1);
  for (int opened = 0; opened < 2; ++opened) {
    const auto store = OpenRocksDbVisitorStore(directory);
    ASSERT_TRUE(store.ok()) << store.status();
    const std::optional<Visitor> alice = *(*store)->FindVisitor(VisitorNamed("alice"));
    ASSERT_TRUE(alice.has_value());
    EXPECT_EQ(alice->epoch, (Epoch{.incarnation = 1, .counter = 7}));
    EXPECT_EQ(alice->authorized_until, absl::InfiniteFuture());
    const std::vector<ExpectedVisitor> expected = *(*store)->FindExpected(VisitorNamed("bob"), "north.example");
    ASSERT_EQ(expected.size(), 1U);
    EXPECT_FALSE(expected[0].priority);
    EXPECT_FALSE((*store)->FindCancelled(VisitorNamed("alice"))->has_value());
  }
  const auto store = OpenRocksDbVisitorStore(directory);
  EXPECT_EQ(*(*store)->CountVisitors(), 1U);
  EXPECT_EQ((*store)->Apply({CancelOf("alice", 1, 7)})->front(), VisitOutcome::kRemoved);
  EXPECT_EQ(*(*store)->CountVisitors(), 0U);
}

}  // namespace
}  // namespace mcmig::migration
