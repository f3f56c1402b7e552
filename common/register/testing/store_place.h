#ifndef COMMON_REGISTER_TESTING_STORE_PLACE_H_
#define COMMON_REGISTER_TESTING_STORE_PLACE_H_

#include <functional>
#include <memory>

#include "absl/status/statusor.h"
#include "common/register/migration_store.h"
#include "common/register/visitor_store.h"

// What the contract suites need of a kind of store. Each kind instantiates them with a function that makes an empty
// place.
namespace mcmig::migration {

struct MigrationStorePlace {
  // Opens the store, with what earlier openings left there. The former one is closed by then.
  std::function<absl::StatusOr<std::unique_ptr<MigrationStore>>()> open;
  // Makes the value of a record unreadable. The store is closed.
  std::function<void(const UserKey&)> damage_record;
};
using MakeMigrationStorePlace = MigrationStorePlace (*)();

struct VisitorStorePlace {
  std::function<absl::StatusOr<std::unique_ptr<VisitorStore>>()> open;
};
using MakeVisitorStorePlace = VisitorStorePlace (*)();

}  // namespace mcmig::migration

#endif  // COMMON_REGISTER_TESTING_STORE_PLACE_H_
