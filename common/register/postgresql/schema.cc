#include "common/register/postgresql/schema.h"

#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"

namespace mcmig::migration::postgresql {
namespace {

// An upgrade may rewrite tables.
constexpr absl::Duration kTimeout = absl::Minutes(10);

constexpr const char* kBegin[] = {
    "BEGIN ISOLATION LEVEL READ COMMITTED",
    "SET LOCAL statement_timeout = 0",
    "SET LOCAL lock_timeout = 0",
    "SET LOCAL idle_in_transaction_session_timeout = 0",
    // "mcmig" in ASCII.
    "SELECT pg_advisory_xact_lock(470015568231)",
};

// What every store has. count_more notes by how much a transaction changes the number of users; Database adds it up at
// its end, since a row that is updated for each of many changes would leave as many dead ones.
constexpr const char* kCommon[] = {
    R"sql(CREATE TABLE store (
            single boolean PRIMARY KEY DEFAULT true CHECK (single),
            schema integer NOT NULL,
            incarnation bigint NOT NULL DEFAULT 1 CHECK (incarnation > 0),
            last_version bigint NOT NULL DEFAULT 0,
            users bigint NOT NULL DEFAULT 0
          ) WITH (fillfactor = 20))sql",
    "INSERT INTO store (schema) VALUES (0)",
    R"sql(CREATE FUNCTION noted_more() RETURNS bigint LANGUAGE sql AS
          $$ SELECT coalesce(nullif(current_setting('mcmig.more', true), ''), '0')::bigint $$)sql",
    R"sql(CREATE FUNCTION count_more(more integer) RETURNS void LANGUAGE sql AS
          $$ SELECT set_config('mcmig.more', (noted_more() + more)::text, true) $$)sql",
};

void Add(absl::Span<const char* const> statements, std::vector<Command>* commands) {
  for (const char* sql : statements) commands->push_back({{.sql = sql}, {}});
}

absl::Status Later(const Schema& schema, int64_t version) {
  return absl::FailedPreconditionError(absl::StrCat("PostgreSQL schema ", schema.name, " is of version ", version,
                                                    ", this program knows 1 to ", schema.steps.size(),
                                                    ": it was upgraded by a later program"));
}

// In the transaction that holds the lock: version of the tables; 0 where there are none.
absl::StatusOr<int64_t> ReadVersion(Connection& connection, const Schema& schema) {
  std::vector<Command> commands;
  Add(kBegin, &commands);
  commands.push_back({{.sql = "SELECT to_regnamespace($1) IS NULL, to_regclass($1 || '.store') IS NULL"},
                      Parameters().Bytes(schema.name)});
  absl::StatusOr<std::vector<Rows>> rows = connection.Run(commands, kTimeout);
  if (!rows.ok()) return rows.status();
  // Booleans are one byte.
  const bool no_namespace = rows->back().Number(0, 0) == 1;
  if (rows->back().Number(0, 1) == 0) {
    rows = connection.Run({{{.sql = "SELECT schema FROM store"}, {}}}, kTimeout);
    if (!rows.ok()) return rows.status();
    if (rows->front().size() != 1) return absl::DataLossError("PostgreSQL: the table store has lost its row");
    return rows->front().Number(0, 0);
  }
  commands.clear();
  const std::string create = absl::StrCat("CREATE SCHEMA ", schema.name);
  if (no_namespace) commands.push_back({{.sql = create.c_str()}, {}});
  Add(kCommon, &commands);
  rows = connection.Run(commands, kTimeout);
  if (!rows.ok()) return rows.status();
  return 0;
}

}  // namespace

absl::StatusOr<uint64_t> PrepareSchema(Connection& connection, const Schema& schema) {
  const absl::StatusOr<int64_t> version = ReadVersion(connection, schema);
  if (!version.ok()) return version.status();
  const auto known = static_cast<int64_t>(schema.steps.size());
  if (*version > known || *version < 0) return Later(schema, *version);

  std::vector<Command> commands;
  for (const SchemaStep& step : schema.steps.subspan(static_cast<size_t>(*version))) Add(step, &commands);
  if (*version < known) commands.push_back({{.sql = "UPDATE store SET schema = $1"}, Parameters().Number(known)});
  commands.push_back({{.sql = "SELECT incarnation FROM store"}, {}});
  commands.push_back({{.sql = "COMMIT"}, {}});
  const absl::StatusOr<std::vector<Rows>> rows = connection.Run(commands, kTimeout);
  if (!rows.ok()) return rows.status();
  return static_cast<uint64_t>((*rows)[rows->size() - 2].Number(0, 0));
}

}  // namespace mcmig::migration::postgresql
