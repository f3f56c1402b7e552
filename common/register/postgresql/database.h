#ifndef COMMON_REGISTER_POSTGRESQL_DATABASE_H_
#define COMMON_REGISTER_POSTGRESQL_DATABASE_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "common/async/mutex.h"
#include "common/register/postgresql/connection.h"
#include "common/register/postgresql/schema.h"
#include "common/register/postgresql/session.h"

namespace mcmig::migration::postgresql {

// The tables of one store in a PostgreSQL database that several programs share, reached through a few connections that
// are made when they are needed, and made anew after they are lost. Any thread.
//
// Blocking, for a few seconds at most. UNAVAILABLE where the server could not be asked, or the answer was lost: then a
// transaction may or may not have been committed. For half a second after a connection could not be made, everything is
// UNAVAILABLE at once. DATA_LOSS where the server says that its data is damaged.
class Database {
 public:
  // Brings the tables to the schema that this program knows. FAILED_PRECONDITION where they are of a later one, or
  // where the server does not let commits be durable (session.h); INVALID_ARGUMENT for the connection string.
  static absl::StatusOr<std::unique_ptr<Database>> Open(SessionOptions options, const Schema& schema);

  [[nodiscard]] uint64_t incarnation() const { return incarnation_; }

  // One statement, at one point in time.
  absl::StatusOr<Rows> Read(const Statement& statement, Parameters parameters);

  // All commands in one transaction and one round trip; the rows of each. The writer's lock is held.
  absl::StatusOr<std::vector<Rows>> Write(std::vector<Command> commands);

  // For a transaction whose writes depend on what it reads: gives a new version, larger than every earlier one, and the
  // rows of `read`. Returns the commands that then are committed with it; none: nothing is written. The writer's lock
  // is held.
  using Decide = absl::FunctionRef<absl::StatusOr<std::vector<Command>>(uint64_t version, const Rows& rows)>;
  absl::Status Change(const Command& read, Decide decide);

  // As MigrationStore: whether the incarnation was raised, by whoever restored the database, since SetReconciled.
  absl::StatusOr<bool> ReconciliationPending();
  absl::Status SetReconciled();

  // A connection of its own that sees everything as it is now, until nothing is asked of it for 90 s.
  absl::StatusOr<std::unique_ptr<Connection>> Freeze() const;

  // How many users the writes so far have counted (count_more of schema.h).
  absl::StatusOr<uint64_t> CountUsers();

 private:
  Database(SessionOptions options, std::string schema) : options_(std::move(options)), schema_(std::move(schema)) {}

  // Runs `work` on a connection of its own, which is used again where that succeeds.
  template <class Result>
  absl::StatusOr<Result> With(absl::FunctionRef<absl::StatusOr<Result>(Connection&)> work);
  absl::StatusOr<std::unique_ptr<Connection>> Take();
  // An idle connection; null where one may be made, which then counts.
  absl::StatusOr<std::unique_ptr<Connection>> TakeIdle();
  absl::StatusOr<std::unique_ptr<Connection>> Make();
  void Give(std::unique_ptr<Connection> connection);
  // Of a connection that failed; its like are then lost, too.
  void Drop(std::unique_ptr<Connection> connection);

  const SessionOptions options_;
  const std::string schema_;
  uint64_t incarnation_ = 0;

  async::Mutex mutex_;
  async::Condition given_;
  std::vector<std::unique_ptr<Connection>> idle_ ABSL_GUARDED_BY(mutex_);
  size_t made_ ABSL_GUARDED_BY(mutex_) = 0;  // idle ones and those in use
  absl::Status last_failure_ ABSL_GUARDED_BY(mutex_);
  absl::Time refuse_until_ ABSL_GUARDED_BY(mutex_) = absl::InfinitePast();
  uint32_t timeline_ ABSL_GUARDED_BY(mutex_) = 0;  // the latest seen
};

}  // namespace mcmig::migration::postgresql

#endif  // COMMON_REGISTER_POSTGRESQL_DATABASE_H_
