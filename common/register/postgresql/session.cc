#include "common/register/postgresql/session.h"

#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "glog/logging.h"

namespace mcmig::migration::postgresql {
namespace {

constexpr absl::Duration kTimeout = absl::Seconds(3);

// Statements and waits for locks end before the caller gives up; a transaction whose program hangs holds up nobody.
constexpr Statement kSet = {.sql = R"sql(
  SELECT set_config('search_path', $1, false),
         set_config('statement_timeout', '3s', false),
         set_config('lock_timeout', '2s', false),
         set_config('idle_in_transaction_session_timeout', '5s', false),
         set_config('synchronous_commit',
                    CASE current_setting('synchronous_commit') WHEN 'remote_apply' THEN 'remote_apply' ELSE 'on' END,
                    false))sql"};

enum Column { kCommit, kNames, kStandbys, kEncoding, kFsync, kTimeline };
// A standby that a base backup streams to is none. Names and states of others need no privilege to be counted.
constexpr Statement kAsk = {.sql = R"sql(
  SELECT current_setting('synchronous_commit'), current_setting('synchronous_standby_names'),
         (SELECT count(*) FROM pg_stat_replication WHERE state IS DISTINCT FROM 'backup'),
         current_setting('server_encoding'), current_setting('fsync'),
         substr(pg_walfile_name(pg_current_wal_insert_lsn()), 1, 8))sql"};

absl::Status Check(const Rows& server, bool allow_asynchronous_standbys) {
  const absl::string_view commit = server.Bytes(0, kCommit);
  if (commit != "on" && commit != "remote_apply") {
    return absl::FailedPreconditionError(
        absl::StrCat("PostgreSQL: synchronous_commit cannot be switched on, it stays ", commit));
  }
  if (server.Bytes(0, kEncoding) != "UTF8") {
    return absl::FailedPreconditionError(
        absl::StrCat("PostgreSQL: the database's encoding is ", server.Bytes(0, kEncoding), ", it must be UTF8"));
  }
  if (server.Number(0, kStandbys) > 0 && server.Bytes(0, kNames).empty() && !allow_asynchronous_standbys) {
    return absl::FailedPreconditionError(
        absl::StrCat("PostgreSQL has ", server.Number(0, kStandbys), " standby(s) and waits for none of them, so that ",
                     "a failover would lose acknowledged migrations: set synchronous_standby_names on the server, or ",
                     "store.postgresql.allow_asynchronous_standbys here"));
  }
  if (server.Bytes(0, kFsync) != "on") LOG(WARNING) << "PostgreSQL runs with fsync off: a crash loses commits";
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<Session> OpenSession(const SessionOptions& options, const std::string& schema) {
  absl::StatusOr<std::unique_ptr<Connection>> connection = Connection::Open(options.connection_string);
  if (!connection.ok()) return connection.status();
  const absl::StatusOr<std::vector<Rows>> answers =
      (*connection)->Run({{kSet, Parameters().Bytes(schema)}, {kAsk, {}}}, kTimeout);
  if (!answers.ok()) return answers.status();
  const Rows& server = answers->back();
  if (absl::Status fit = Check(server, options.allow_asynchronous_standbys); !fit.ok()) return fit;
  Session session{.connection = *std::move(connection)};
  if (!absl::SimpleHexAtoi(server.Bytes(0, kTimeline), &session.timeline)) {
    return absl::UnavailableError("PostgreSQL: the server does not tell its timeline");
  }
  return session;
}

}  // namespace mcmig::migration::postgresql
