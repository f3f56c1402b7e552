#ifndef COMMON_REGISTER_POSTGRESQL_MIGRATION_SCHEMA_H_
#define COMMON_REGISTER_POSTGRESQL_MIGRATION_SCHEMA_H_

#include "common/register/postgresql/schema.h"

namespace mcmig::migration::postgresql {

// The primary's tables. What SQL compares, sorts or looks up is in columns; the rest is in `value`, encoded as by
// row_codec.h. Epochs are numeric, since their parts have 64 bits without a sign; times are nanoseconds since the
// Unix epoch.
//
// apply_mutation(…) commits one Mutation within a transaction that holds the writer's lock and gives its CommitOutcome
// as a number; where the record changed, also the value that is held.
extern const Schema kMigrationSchema;

}  // namespace mcmig::migration::postgresql

#endif  // COMMON_REGISTER_POSTGRESQL_MIGRATION_SCHEMA_H_
