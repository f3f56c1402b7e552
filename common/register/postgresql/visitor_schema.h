#ifndef COMMON_REGISTER_POSTGRESQL_VISITOR_SCHEMA_H_
#define COMMON_REGISTER_POSTGRESQL_VISITOR_SCHEMA_H_

#include "common/register/postgresql/schema.h"

namespace mcmig::migration::postgresql {

// The partner's tables; columns as in kMigrationSchema. apply_visit(…) and apply_cancel(…) commit one VisitorChange
// within a transaction that holds the writer's lock and give its VisitOutcome as a number.
extern const Schema kVisitorSchema;

}  // namespace mcmig::migration::postgresql

#endif  // COMMON_REGISTER_POSTGRESQL_VISITOR_SCHEMA_H_
