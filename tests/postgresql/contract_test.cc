// The stores in PostgreSQL pass the suites of every store.
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "common/register/postgresql/migration_store.h"
#include "common/register/postgresql/visitor_store.h"
#include "common/register/testing/migration_store_contract.h"
#include "common/register/testing/visitor_store_contract.h"
#include "gtest/gtest.h"
#include "tests/harness/postgresql_server.h"

namespace mcmig::migration {
namespace {

// One for all tests of this program.
harness::PostgreSqlServer& Server() {
  static harness::PostgreSqlServer server(harness::PostgreSqlServer::Disk::kNotSynced);
  return server;
}

MigrationStorePlace PostgreSqlMigrations() {
  const std::string database = Server().NewDatabase();
  return {.open =
              [database] {
                return PostgreSqlMigrationStore::Open({.connection_string = Server().ConnectionString(database)});
              },
          .damage_record =
              [database](const UserKey& key) {
                Server().Query(database, absl::StrCat("UPDATE mcmig_migrations.records SET value = 'no record' "
                                                      "WHERE canonical_id = '",
                                                      key.canonical_id, "'"));
              }};
}
INSTANTIATE_TEST_SUITE_P(PostgreSql, MigrationStoreContract, testing::Values(&PostgreSqlMigrations));

VisitorStorePlace PostgreSqlVisitors() {
  const std::string database = Server().NewDatabase();
  return {.open = [database] {
    return PostgreSqlVisitorStore::Open({.connection_string = Server().ConnectionString(database)});
  }};
}
INSTANTIATE_TEST_SUITE_P(PostgreSql, VisitorStoreContract, testing::Values(&PostgreSqlVisitors));

}  // namespace
}  // namespace mcmig::migration
