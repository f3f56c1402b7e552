#ifndef COMMON_REGISTER_ROW_FAMILIES_H_
#define COMMON_REGISTER_ROW_FAMILIES_H_

#include <cstddef>

namespace mcmig::migration {

// The families of the primary's store, in the order of RowMigrationStore::Families: what docs/register.md calls its
// column families.
enum MigrationFamily : size_t {
  kProfiles = 1,
  kRecords,
  kJournal,
  kOutbox,
  kAgreements,
  // Indexes of the records.
  kByPartner,
  kByExpiry,
};

// Those of the partner's, in the order of RowVisitorStore::Families.
enum VisitorFamily : size_t { kExpected = 1, kVisitors, kCancelled };

// Rows of the metadata: what the store is; the last version given to profiles or an agreement; how many users are
// migrated or served; whether the store was restored and has not been reconciled since.
inline constexpr char kStoreKey[] = "store";
inline constexpr char kVersionsKey[] = "versions";
inline constexpr char kCountKey[] = "count";
inline constexpr char kReconciliationKey[] = "reconciliation";

}  // namespace mcmig::migration

#endif  // COMMON_REGISTER_ROW_FAMILIES_H_
