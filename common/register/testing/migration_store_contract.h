#ifndef COMMON_REGISTER_TESTING_MIGRATION_STORE_CONTRACT_H_
#define COMMON_REGISTER_TESTING_MIGRATION_STORE_CONTRACT_H_

#include <memory>
#include <vector>

#include "common/register/migration_store.h"
#include "common/register/testing/migration_store_values.h"
#include "common/register/testing/store_place.h"
#include "gtest/gtest.h"

namespace mcmig::migration {

// What every MigrationStore guarantees. Instantiate with INSTANTIATE_TEST_SUITE_P and a MakeMigrationStorePlace.
class MigrationStoreContract : public testing::TestWithParam<MakeMigrationStorePlace> {
 protected:
  // Opens the store with an agreement with p and q, and a profile of alice and bob.
  void SetUp() override;
  void Reopen();
  [[nodiscard]] Snapshot Read(const UserKey& key) const;
  [[nodiscard]] std::vector<CommitOutcome> Apply(const std::vector<Mutation>& mutations) const;
  static void ExpectSame(const Record& a, const Record& b);

  MigrationStorePlace place_;
  std::unique_ptr<MigrationStore> store_;
};

}  // namespace mcmig::migration

#endif  // COMMON_REGISTER_TESTING_MIGRATION_STORE_CONTRACT_H_
