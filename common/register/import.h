#ifndef COMMON_REGISTER_IMPORT_H_
#define COMMON_REGISTER_IMPORT_H_

#include "absl/status/statusor.h"
#include "common/identity/system_table.h"
#include "common/register/migration_store.h"
#include "common/register/visitor_store.h"
#include "mcmig/v1/admin.pb.h"

// What operators import, parsed once: by the operators' RPCs and by the offline import alike. Both functions return
// INVALID_ARGUMENT, "<field path>: <violation>" with the first violation and without identities. Pure; thread-safe.
namespace mcmig::migration {

// A profile of a user of the own MC system, with the limits of mcmig.v1.UserProfile. Refused besides: a partner system
// that is not in the system table, is the own one, or is there twice, since such a profile would not mean what its
// author thinks.
absl::StatusOr<MigrationStore::ProfileEntry> ParseUserProfile(const v1::UserProfile& message,
                                                              const identity::SystemTable& systems);

// An entry of the expected-visitors list, with the limits of mcmig.v1.ExpectedVisitor. Refused besides: the own MC
// system as primary_system. A domain is taken in lower case.
absl::StatusOr<ExpectedVisitor> ParseExpectedVisitor(const v1::ExpectedVisitor& message,
                                                     const identity::SystemTable& systems);

}  // namespace mcmig::migration

#endif  // COMMON_REGISTER_IMPORT_H_
