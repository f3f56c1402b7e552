#ifndef COMMON_REGISTER_TESTING_VISITOR_STORE_CONTRACT_H_
#define COMMON_REGISTER_TESTING_VISITOR_STORE_CONTRACT_H_

#include <memory>

#include "common/register/testing/store_place.h"
#include "common/register/visitor_store.h"
#include "gtest/gtest.h"

namespace mcmig::migration {

// What every VisitorStore guarantees. Instantiate with INSTANTIATE_TEST_SUITE_P and a MakeVisitorStorePlace.
class VisitorStoreContract : public testing::TestWithParam<MakeVisitorStorePlace> {
 protected:
  void SetUp() override;
  void Reopen();

  VisitorStorePlace place_;
  std::unique_ptr<VisitorStore> store_;
};

}  // namespace mcmig::migration

#endif  // COMMON_REGISTER_TESTING_VISITOR_STORE_CONTRACT_H_
