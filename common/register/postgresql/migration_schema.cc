#include "common/register/postgresql/migration_schema.h"

namespace mcmig::migration::postgresql {
namespace {

constexpr const char* kTables[] = {
    R"sql(CREATE TABLE profiles (
            canonical_id text COLLATE "C" NOT NULL,
            service smallint NOT NULL,
            version bigint NOT NULL,
            value bytea NOT NULL,
            PRIMARY KEY (canonical_id, service)))sql",
    R"sql(CREATE TABLE agreements (
            partner_system text COLLATE "C" PRIMARY KEY,
            version bigint NOT NULL,
            value bytea NOT NULL))sql",
    // partner_system is NULL while at primary; authorized_until where there is no end.
    R"sql(CREATE TABLE records (
            canonical_id text COLLATE "C" NOT NULL,
            service smallint NOT NULL,
            incarnation numeric(20) NOT NULL,
            counter numeric(20) NOT NULL,
            partner_system text COLLATE "C",
            authorized_until bigint,
            value bytea NOT NULL,
            PRIMARY KEY (canonical_id, service)) WITH (fillfactor = 80))sql",
    R"sql(CREATE INDEX records_by_partner ON records (partner_system, canonical_id, service)
            WHERE partner_system IS NOT NULL)sql",
    R"sql(CREATE INDEX records_by_expiry ON records (authorized_until, canonical_id, service)
            WHERE authorized_until IS NOT NULL)sql",
    R"sql(CREATE TABLE journal (
            sequence bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
            canonical_id text COLLATE "C" NOT NULL,
            service smallint NOT NULL,
            before text COLLATE "C",
            value bytea NOT NULL))sql",
    "CREATE INDEX journal_of_user ON journal (canonical_id, service, sequence)",
    R"sql(CREATE TABLE outbox (
            partner_system text COLLATE "C" NOT NULL,
            sequence bigint NOT NULL,
            value bytea NOT NULL,
            PRIMARY KEY (partner_system, sequence)))sql",
    // The numbers are those of CommitOutcome. The epoch in the last WHERE is what makes it a compare-and-set, also
    // where someone writes without the writer's lock.
    R"sql(CREATE FUNCTION apply_mutation(
            in_id text, in_service smallint, expected_incarnation numeric, expected_counter numeric,
            in_profile_version bigint, agreement_with text, in_agreement_version bigint,
            in_incarnation numeric, in_counter numeric, in_partner text, in_until bigint, in_record bytea,
            in_journal bytea, cancel_partner text, in_cancel bytea,
            OUT outcome smallint, OUT held bytea) LANGUAGE plpgsql AS $$
          DECLARE
            at_incarnation numeric;
            at_counter numeric;
            before_partner text;
            entry bigint;
          BEGIN
            SELECT incarnation, counter, partner_system, value
              INTO at_incarnation, at_counter, before_partner, held
              FROM records WHERE canonical_id = in_id AND service = in_service;
            IF coalesce(at_incarnation, 0) <> expected_incarnation OR coalesce(at_counter, 0) <> expected_counter THEN
              outcome := 1;
              RETURN;
            END IF;
            held := NULL;
            IF agreement_with IS NOT NULL THEN
              IF coalesce((SELECT version FROM profiles WHERE canonical_id = in_id AND service = in_service), 0)
                 <> in_profile_version THEN
                outcome := 2;
                RETURN;
              END IF;
              IF coalesce((SELECT version FROM agreements WHERE partner_system = agreement_with), 0)
                 <> in_agreement_version THEN
                outcome := 3;
                RETURN;
              END IF;
            END IF;
            INSERT INTO records AS r
              VALUES (in_id, in_service, in_incarnation, in_counter, in_partner, in_until, in_record)
              ON CONFLICT (canonical_id, service) DO UPDATE
              SET incarnation = excluded.incarnation, counter = excluded.counter,
                  partner_system = excluded.partner_system, authorized_until = excluded.authorized_until,
                  value = excluded.value
              WHERE r.incarnation = expected_incarnation AND r.counter = expected_counter;
            IF NOT FOUND THEN
              outcome := 1;
              RETURN;
            END IF;
            INSERT INTO journal (canonical_id, service, before, value)
              VALUES (in_id, in_service, before_partner, in_journal) RETURNING sequence INTO entry;
            IF cancel_partner IS NOT NULL THEN
              INSERT INTO outbox VALUES (cancel_partner, entry, in_cancel);
            END IF;
            IF (before_partner IS NULL) <> (in_partner IS NULL) THEN
              PERFORM count_more(CASE WHEN in_partner IS NULL THEN -1 ELSE 1 END);
            END IF;
            outcome := 0;
          END $$)sql",
};

// From here on records hold used credentials, which older programs would write without.
constexpr const char* kUsedCredentials[] = {
    "COMMENT ON TABLE records IS 'with the credentials that migrations used up'"};

constexpr SchemaStep kSteps[] = {kTables, kReconciledStep, kUsedCredentials};

}  // namespace

const Schema kMigrationSchema = {.name = "mcmig_migrations", .steps = kSteps};

}  // namespace mcmig::migration::postgresql
