#ifndef COMMON_REGISTER_POSTGRESQL_SESSION_H_
#define COMMON_REGISTER_POSTGRESQL_SESSION_H_

#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "common/register/postgresql/connection.h"

namespace mcmig::migration::postgresql {

// How a store's sessions are.
struct SessionOptions {
  // Connection string of libpq; holds a password.
  std::string connection_string;
  // Takes a server with standbys none of which a commit waits for: a failover then may lose acknowledged commits.
  bool allow_asynchronous_standbys = false;
};

struct Session {
  std::unique_ptr<Connection> connection;
  // Of the server's history; each promotion begins a later one.
  uint32_t timeline = 0;
};

// A connection on which a commit is durable when it is answered, with bounded statements. `schema`: the PostgreSQL
// schema (namespace) that names without one belong to. Statuses as Connection, and FAILED_PRECONDITION where the
// server's settings do not allow this.
absl::StatusOr<Session> OpenSession(const SessionOptions& options, const std::string& schema);

}  // namespace mcmig::migration::postgresql

#endif  // COMMON_REGISTER_POSTGRESQL_SESSION_H_
