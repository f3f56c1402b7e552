#ifndef COMMON_REGISTER_POSTGRESQL_SCHEMA_H_
#define COMMON_REGISTER_POSTGRESQL_SCHEMA_H_

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "common/register/postgresql/connection.h"

namespace mcmig::migration::postgresql {

// Statements that bring a store's tables from one version of their schema to the next.
using SchemaStep = absl::Span<const char* const>;

// A store's tables. Every store has a table `store` of one row beside its own: version of the schema, incarnation, the
// last version given to profiles or agreements, and the number of users. Writers lock that row first, so that there is
// one at a time.
// A step of every schema: the incarnation up to which the store has been reconciled.
inline constexpr const char* kReconciledStep[] = {
    "ALTER TABLE store ADD COLUMN reconciled bigint NOT NULL DEFAULT 1",
    "UPDATE store SET reconciled = incarnation",
};

struct Schema {
  // The PostgreSQL schema (namespace) that holds them.
  const char* name = "";
  // From nothing to version 1, to 2, …: the last one is what this program knows.
  absl::Span<const SchemaStep> steps;
};

// Makes the tables, or brings them to the latest version, in one transaction under an advisory lock, so that of several
// programs that start at once one does it. The store's incarnation. FAILED_PRECONDITION where the tables are of a later
// version, or the role may not make them.
absl::StatusOr<uint64_t> PrepareSchema(Connection& connection, const Schema& schema);

}  // namespace mcmig::migration::postgresql

#endif  // COMMON_REGISTER_POSTGRESQL_SCHEMA_H_
