#ifndef COMMON_REGISTER_FROZEN_STORE_H_
#define COMMON_REGISTER_FROZEN_STORE_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "common/register/row_view.h"

namespace mcmig::migration {

// As StoreMeta::Kind.
enum class StoreKind : uint8_t { kMigrations = 1, kVisitors = 2 };

// Everything in a store as it was at one moment: what is verified and backed up.
struct FrozenStore {
  StoreKind kind = StoreKind::kMigrations;
  uint32_t schema = 0;
  // Names of the families of `rows`, from the first after the metadata.
  std::vector<std::string> families;
  std::unique_ptr<const RowView> rows;
  // How many of them may be verified at once, so that other work of the thread has its turn after some milliseconds.
  size_t at_once = 256;
};

}  // namespace mcmig::migration

#endif  // COMMON_REGISTER_FROZEN_STORE_H_
