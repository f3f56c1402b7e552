#include "common/register/postgresql/visitor_schema.h"

namespace mcmig::migration::postgresql {
namespace {

constexpr const char* kTables[] = {
    R"sql(CREATE TABLE visitors (
            primary_system text COLLATE "C" NOT NULL,
            canonical_id text COLLATE "C" NOT NULL,
            service smallint NOT NULL,
            incarnation numeric(20) NOT NULL,
            counter numeric(20) NOT NULL,
            value bytea NOT NULL,
            PRIMARY KEY (primary_system, canonical_id, service)) WITH (fillfactor = 80))sql",
    // The highest cancelled epoch of each user.
    R"sql(CREATE TABLE cancelled (
            primary_system text COLLATE "C" NOT NULL,
            canonical_id text COLLATE "C" NOT NULL,
            service smallint NOT NULL,
            incarnation numeric(20) NOT NULL,
            counter numeric(20) NOT NULL,
            at bigint NOT NULL,
            value bytea NOT NULL,
            PRIMARY KEY (primary_system, canonical_id, service)) WITH (fillfactor = 80))sql",
    // By the keys of row_codec.h, whose parts SQL never asks for.
    "CREATE TABLE expected (key bytea PRIMARY KEY, value bytea NOT NULL)",
    // The numbers are those of VisitOutcome. No epoch is {0, 0}.
    R"sql(CREATE FUNCTION apply_visit(
            in_system text, in_id text, in_service smallint, in_incarnation numeric, in_counter numeric,
            in_visitor bytea) RETURNS smallint LANGUAGE plpgsql AS $$
          DECLARE
            held visitors%ROWTYPE;
          BEGIN
            IF (in_incarnation, in_counter) = (0, 0) OR EXISTS (
                SELECT FROM cancelled c
                WHERE c.primary_system = in_system AND c.canonical_id = in_id AND c.service = in_service
                  AND (c.incarnation, c.counter) >= (in_incarnation, in_counter)) THEN
              RETURN 3;
            END IF;
            SELECT * INTO held FROM visitors v
              WHERE v.primary_system = in_system AND v.canonical_id = in_id AND v.service = in_service;
            IF NOT FOUND THEN
              PERFORM count_more(1);
            ELSIF (held.incarnation, held.counter) = (in_incarnation, in_counter) THEN
              RETURN 1;
            ELSIF (held.incarnation, held.counter) > (in_incarnation, in_counter) THEN
              RETURN 2;
            END IF;
            INSERT INTO visitors VALUES (in_system, in_id, in_service, in_incarnation, in_counter, in_visitor)
              ON CONFLICT (primary_system, canonical_id, service) DO UPDATE
              SET incarnation = excluded.incarnation, counter = excluded.counter, value = excluded.value;
            RETURN 0;
          END $$)sql",
    R"sql(CREATE FUNCTION apply_cancel(
            in_system text, in_id text, in_service smallint, in_incarnation numeric, in_counter numeric,
            in_at bigint, in_cancelled bytea) RETURNS smallint LANGUAGE plpgsql AS $$
          DECLARE
            held visitors%ROWTYPE;
          BEGIN
            IF (in_incarnation, in_counter) <> (0, 0) THEN
              INSERT INTO cancelled AS c
                VALUES (in_system, in_id, in_service, in_incarnation, in_counter, in_at, in_cancelled)
                ON CONFLICT (primary_system, canonical_id, service) DO UPDATE
                SET incarnation = excluded.incarnation, counter = excluded.counter, at = excluded.at,
                    value = excluded.value
                WHERE (c.incarnation, c.counter) < (excluded.incarnation, excluded.counter);
            END IF;
            SELECT * INTO held FROM visitors v
              WHERE v.primary_system = in_system AND v.canonical_id = in_id AND v.service = in_service;
            IF NOT FOUND THEN
              RETURN 5;
            ELSIF (held.incarnation, held.counter) > (in_incarnation, in_counter) THEN
              RETURN 6;
            END IF;
            DELETE FROM visitors v
              WHERE v.primary_system = in_system AND v.canonical_id = in_id AND v.service = in_service;
            PERFORM count_more(-1);
            RETURN 4;
          END $$)sql",
};

constexpr SchemaStep kSteps[] = {kTables, kReconciledStep};

}  // namespace

const Schema kVisitorSchema = {.name = "mcmig_visitors", .steps = kSteps};

}  // namespace mcmig::migration::postgresql
