#ifndef TESTS_HARNESS_POSTGRESQL_SERVER_H_
#define TESTS_HARNESS_POSTGRESQL_SERVER_H_

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "tests/harness/process.h"

namespace mcmig::harness {

// A PostgreSQL 15 server of its own, reached by a socket in its directory under /tmp; as the user postgres where this
// process is root, whom PostgreSQL refuses. Ended, with all that it holds, when destroyed. Whatever fails ends the
// test.
class PostgreSqlServer {
 public:
  // Whether commits survive a crash of the machine; where not, they are faster.
  enum class Disk { kSynced, kNotSynced };
  explicit PostgreSqlServer(Disk disk);
  // A standby that streams from `primary`, with what that holds.
  explicit PostgreSqlServer(const PostgreSqlServer* primary);
  PostgreSqlServer(const PostgreSqlServer&) = delete;
  PostgreSqlServer& operator=(const PostgreSqlServer&) = delete;
  ~PostgreSqlServer();

  void Start();
  // Ends all sessions and closes the files.
  void Stop();
  // As a crash of the program: all its processes, at once.
  void Kill();
  // Makes the standby a primary.
  void Promote();

  // A new database, owned by a role without privileges. Its name.
  std::string NewDatabase();
  // Connection string of that role.
  [[nodiscard]] std::string ConnectionString(const std::string& database) const;
  // The same for several servers, any of which may be the primary.
  static std::string ConnectionString(const std::vector<const PostgreSqlServer*>& servers, const std::string& database);
  static const std::string& Password();

  // Runs a statement as superuser: the first column of its rows, as text. "postgres" is a database that always exists.
  std::vector<std::string> Query(const std::string& database, const std::string& sql) const;

 private:
  [[nodiscard]] std::string AdminString(const std::string& database) const;
  [[nodiscard]] std::string data() const { return directory_ + "/data"; }

  const std::string directory_;
  const Disk disk_;
  int databases_ = 0;
  std::optional<Process> process_;
};

}  // namespace mcmig::harness

#endif  // TESTS_HARNESS_POSTGRESQL_SERVER_H_
