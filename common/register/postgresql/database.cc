#include "common/register/postgresql/database.h"

#include <algorithm>
#include <iterator>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"

namespace mcmig::migration::postgresql {
namespace {

// The writer, and reads from a few threads; PostgreSQL has a process for each.
constexpr size_t kMostConnections = 6;
constexpr absl::Duration kTimeout = absl::Seconds(4);
constexpr absl::Duration kWaitForConnection = absl::Seconds(2);
// Long enough for a server that is down not to hold up every call, short enough for one that is back to be noticed.
constexpr absl::Duration kPause = absl::Milliseconds(500);

constexpr Statement kBegin = {"begin", "BEGIN ISOLATION LEVEL READ COMMITTED"};
// One writer at a time, of all programs. Entries of the journal so become visible in the order of their sequence, and
// who follows the journal misses none; no two writers can wait for each other. The other way, concurrent writers and a
// journal read up to the oldest running transaction (pg_snapshot_xmin), stops the journal for as long as any
// transaction of any database of that server lasts. Its price is small: while one group commits, the next one gathers.
constexpr Statement kLock = {"lock", "SELECT FROM store FOR NO KEY UPDATE"};
constexpr Statement kNextVersion = {"next_version",
                                    "UPDATE store SET last_version = last_version + 1 RETURNING last_version"};
constexpr Statement kCount = {"count", "UPDATE store SET users = users + noted_more() WHERE noted_more() <> 0"};
constexpr Statement kCommit = {"commit", "COMMIT"};
constexpr Statement kRollback = {"rollback", "ROLLBACK"};
constexpr Statement kPending = {"pending", "SELECT (incarnation > reconciled)::integer FROM store"};
constexpr Statement kReconciled = {"reconciled", "UPDATE store SET reconciled = incarnation"};
constexpr Statement kUsers = {"users", "SELECT users FROM store"};

// What is refused for good at the start is no more than out of order later.
absl::Status Unavailable(const absl::Status& status) {
  if (absl::IsDataLoss(status)) return status;
  return absl::UnavailableError(absl::StrCat("store: ", status.message()));
}

// The connection that answers something else to COMMIT has rolled back.
absl::Status Committed(const Rows& rows) {
  if (rows.Tag() == "COMMIT") return absl::OkStatus();
  return absl::UnavailableError(absl::StrCat("PostgreSQL answers COMMIT with ", rows.Tag()));
}

}  // namespace

absl::StatusOr<std::unique_ptr<Database>> Database::Open(SessionOptions options, const Schema& schema) {
  std::unique_ptr<Database> database(new Database(std::move(options), schema.name));
  absl::StatusOr<std::unique_ptr<Connection>> connection = database->Take();
  if (!connection.ok()) return connection.status();
  const absl::StatusOr<uint64_t> incarnation = PrepareSchema(**connection, schema);
  if (!incarnation.ok()) return incarnation.status();
  database->incarnation_ = *incarnation;
  database->Give(*std::move(connection));
  return database;
}

absl::StatusOr<Rows> Database::Read(const Statement& statement, Parameters parameters) {
  const Command command{statement, std::move(parameters)};
  return With<Rows>([&command](Connection& connection) -> absl::StatusOr<Rows> {
    absl::StatusOr<std::vector<Rows>> rows = connection.Run({&command, 1}, kTimeout);
    if (!rows.ok()) return rows.status();
    return std::move(rows->front());
  });
}

absl::StatusOr<std::vector<Rows>> Database::Write(std::vector<Command> commands) {
  std::vector<Command> transaction = {{kBegin, {}}, {kLock, {}}};
  for (Command& command : commands) transaction.push_back(std::move(command));
  transaction.push_back({kCount, {}});
  transaction.push_back({kCommit, {}});
  return With<std::vector<Rows>>([&](Connection& connection) -> absl::StatusOr<std::vector<Rows>> {
    absl::StatusOr<std::vector<Rows>> rows = connection.Run(transaction, kTimeout);
    if (!rows.ok()) return rows.status();
    if (absl::Status committed = Committed(rows->back()); !committed.ok()) return committed;
    rows->erase(rows->end() - 2, rows->end());
    rows->erase(rows->begin(), rows->begin() + 2);
    return rows;
  });
}

absl::Status Database::Change(const Command& read, Decide decide) {
  const auto work = [&](Connection& connection) -> absl::StatusOr<bool> {
    const absl::StatusOr<std::vector<Rows>> rows =
        connection.Run({{kBegin, {}}, {kLock, {}}, {kNextVersion, {}}, read}, kTimeout);
    if (!rows.ok()) return rows.status();
    absl::StatusOr<std::vector<Command>> commands =
        decide(static_cast<uint64_t>((*rows)[2].Number(0, 0)), rows->back());
    if (!commands.ok()) return commands.status();
    const bool changes = !commands->empty();
    commands->push_back({changes ? kCommit : kRollback, {}});
    const absl::StatusOr<std::vector<Rows>> done = connection.Run(*commands, kTimeout);
    if (!done.ok()) return done.status();
    if (!changes) return false;
    if (absl::Status committed = Committed(done->back()); !committed.ok()) return committed;
    return true;
  };
  return With<bool>(work).status();
}

absl::StatusOr<bool> Database::ReconciliationPending() {
  const absl::StatusOr<Rows> rows = Read(kPending, {});
  if (!rows.ok()) return rows.status();
  return rows->Number(0, 0) != 0;
}

absl::Status Database::SetReconciled() { return Write({{kReconciled, {}}}).status(); }

absl::StatusOr<std::unique_ptr<Connection>> Database::Freeze() const {
  absl::StatusOr<Session> session = OpenSession(options_, schema_);
  if (!session.ok()) return Unavailable(session.status());
  // The first statement that reads is the moment.
  const absl::StatusOr<std::vector<Rows>> rows =
      session->connection->Run({{{.sql = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"}, {}},
                                {{.sql = "SET LOCAL idle_in_transaction_session_timeout = '90s'"}, {}},
                                {kUsers, {}}},
                               kTimeout);
  if (!rows.ok()) return Unavailable(rows.status());
  return std::move(session->connection);
}

absl::StatusOr<uint64_t> Database::CountUsers() {
  const absl::StatusOr<Rows> rows = Read(kUsers, {});
  if (!rows.ok()) return rows.status();
  return static_cast<uint64_t>(rows->Number(0, 0));
}

template <class Result>
absl::StatusOr<Result> Database::With(absl::FunctionRef<absl::StatusOr<Result>(Connection&)> work) {
  absl::StatusOr<std::unique_ptr<Connection>> connection = Take();
  if (!connection.ok()) return Unavailable(connection.status());
  absl::StatusOr<Result> result = work(**connection);
  if (!result.ok()) {
    Drop(*std::move(connection));
    return Unavailable(result.status());
  }
  Give(*std::move(connection));
  return result;
}

absl::StatusOr<std::unique_ptr<Connection>> Database::Take() {
  for (;;) {
    absl::StatusOr<std::unique_ptr<Connection>> idle = TakeIdle();
    if (!idle.ok()) return idle.status();
    if (*idle == nullptr) return Make();
    if ((*idle)->IsAlive()) return idle;
    Drop(*std::move(idle));
  }
}

absl::StatusOr<std::unique_ptr<Connection>> Database::TakeIdle() {
  const absl::Time deadline = absl::Now() + kWaitForConnection;
  async::MutexLock lock(mutex_);
  for (;;) {
    if (!idle_.empty()) {
      std::unique_ptr<Connection> connection = std::move(idle_.back());
      idle_.pop_back();
      return connection;
    }
    if (absl::Now() < refuse_until_) return last_failure_;
    if (made_ < kMostConnections) {
      ++made_;
      return nullptr;
    }
    if (!given_.WaitUntil(mutex_, deadline)) return absl::UnavailableError("all connections to PostgreSQL are in use");
  }
}

absl::StatusOr<std::unique_ptr<Connection>> Database::Make() {
  absl::StatusOr<Session> session = OpenSession(options_, schema_);
  async::MutexLock lock(mutex_);
  absl::Status failure = session.status();
  if (failure.ok() && session->timeline < timeline_) {
    failure =
        absl::UnavailableError(absl::StrCat("PostgreSQL server is on timeline ", session->timeline, ", but timeline ",
                                            timeline_, " was seen: it is a former primary, which must be stopped"));
  }
  if (failure.ok()) {
    timeline_ = session->timeline;
    return std::move(session->connection);
  }
  --made_;
  given_.NotifyOne();
  last_failure_ = failure;
  refuse_until_ = absl::Now() + kPause;
  return failure;
}

void Database::Give(std::unique_ptr<Connection> connection) {
  async::MutexLock lock(mutex_);
  idle_.push_back(std::move(connection));
  given_.NotifyOne();
}

void Database::Drop(std::unique_ptr<Connection> connection) {
  std::vector<std::unique_ptr<Connection>> dropped;  // ended without the lock
  dropped.push_back(std::move(connection));
  async::MutexLock lock(mutex_);
  std::move(idle_.begin(), idle_.end(), std::back_inserter(dropped));
  idle_.clear();
  made_ -= dropped.size();
  given_.NotifyAll();
}

}  // namespace mcmig::migration::postgresql
