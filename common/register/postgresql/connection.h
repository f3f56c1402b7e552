#ifndef COMMON_REGISTER_POSTGRESQL_CONNECTION_H_
#define COMMON_REGISTER_POSTGRESQL_CONNECTION_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "common/register/postgresql/statement.h"
#include "libpq-fe.h"

namespace mcmig::migration::postgresql {

// One connection to a PostgreSQL server. Blocking; one thread at a time.
//
// Statuses: UNAVAILABLE where the server cannot be reached, gives no answer in time or refuses for now; DATA_LOSS where
// it says that its data is damaged; FAILED_PRECONDITION where it refuses for good (privileges, objects that are missing
// or in the way); INVALID_ARGUMENT for a connection string that cannot be understood. No text holds a password or a
// parameter.
class Connection {
 public:
  // Connects to the server that the connection string of libpq names, the first that can be written to where it names
  // several; at most 2 s for each. The string may set these bounds itself.
  static absl::StatusOr<std::unique_ptr<Connection>> Open(const std::string& connection_string);
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;
  ~Connection() { PQfinish(connection_); }

  // Runs all commands in one round trip and gives the rows of each. The first that fails ends it; the later ones are
  // not run. After an error the connection is of no use, and what became of an open transaction is not known. It gives
  // up after `timeout`, without a cancel: a cancel would have a commit answered that no standby has.
  absl::StatusOr<std::vector<Rows>> Run(absl::Span<const Command> commands, absl::Duration timeout);

  // False where the server has said something that nobody asked for: in general that it closes the connection. Does not
  // block.
  [[nodiscard]] bool IsAlive() const;

 private:
  explicit Connection(PGconn* connection) : connection_(connection) {}

  // Queues what prepares and runs the command; how many results that gives.
  absl::StatusOr<size_t> Send(const Command& command);
  // The results of what was queued, all of it: one for each.
  absl::StatusOr<std::vector<Rows>> Receive(size_t expected, absl::Time deadline);
  absl::Status WaitForServer(bool to_write, absl::Time deadline);
  absl::Status Lost();
  static void OnNotice(void* self, const PGresult* notice);

  PGconn* const connection_;
  absl::flat_hash_set<std::string> prepared_;
  // The last warning of the server since Run began.
  std::string warning_;
};

}  // namespace mcmig::migration::postgresql

#endif  // COMMON_REGISTER_POSTGRESQL_CONNECTION_H_
