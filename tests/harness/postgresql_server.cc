#include "tests/harness/postgresql_server.h"

#include <pwd.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/string_view.h"
#include "absl/time/clock.h"
#include "common/register/postgresql/connection.h"
#include "glog/logging.h"

namespace mcmig::harness {
namespace {

using migration::postgresql::Connection;

constexpr char kPrograms[] = "/usr/lib/postgresql/15/bin/";
constexpr char kUser[] = "postgres";

// Where root may not run a program of PostgreSQL, its user does.
std::vector<std::string> AsUser(const std::string& program, const std::vector<std::string>& arguments) {
  std::vector<std::string> command;
  if (geteuid() == 0) {
    command = {"/usr/bin/setpriv", absl::StrCat("--reuid=", kUser), absl::StrCat("--regid=", kUser), "--clear-groups",
               // Where the test is killed, its servers end, too.
               "--pdeathsig=QUIT"};
  }
  command.push_back(absl::StrCat(kPrograms, program));
  CHECK(std::filesystem::exists(command.back())) << command.back() << " is missing: apt-get install postgresql-15";
  command.insert(command.end(), arguments.begin(), arguments.end());
  return command;
}

void Run(const std::string& program, const std::vector<std::string>& arguments) {
  const CommandResult result = RunCommand(AsUser(program, arguments));
  CHECK_EQ(result.exit_code, 0) << program << ": " << result.out << result.err;
}

std::string NewDirectory() {
  char directory[] = "/tmp/mcmig-postgresql-XXXXXX";
  PCHECK(mkdtemp(directory) != nullptr);
  if (geteuid() == 0) {
    const passwd* user = getpwnam(kUser);  // NOLINT(concurrency-mt-unsafe): one thread starts servers
    CHECK(user != nullptr) << "the user " << kUser << " is missing: apt-get install postgresql-15";
    PCHECK(chown(directory, user->pw_uid, user->pw_gid) == 0);
  }
  return directory;
}

}  // namespace

PostgreSqlServer::PostgreSqlServer(Disk disk) : directory_(NewDirectory()), disk_(disk) {
  const std::string password_file = directory_ + "/password";
  WriteFile(password_file, Password());
  PCHECK(chmod(password_file.c_str(), 0644) == 0);
  // A collation that does not sort by bytes, since a database may have any.
  Run("initdb",
      {"--pgdata", data(), "--username=admin", absl::StrCat("--pwfile=", password_file), "--auth=scram-sha-256",
       "--encoding=UTF8", "--locale=C.UTF-8", "--locale-provider=icu", "--icu-locale=en-US", "--no-sync"});
  Start();
  Query("postgres", absl::StrCat("CREATE ROLE server LOGIN PASSWORD '", Password(), "'"));
}

PostgreSqlServer::PostgreSqlServer(const PostgreSqlServer* primary)
    : directory_(NewDirectory()), disk_(primary->disk_) {
  Run("pg_basebackup", {"--pgdata", data(), "--write-recovery-conf", "--checkpoint=fast", "--no-sync", "--dbname",
                        absl::StrCat(primary->AdminString("postgres"), " application_name=standby")});
  Start();
}

PostgreSqlServer::~PostgreSqlServer() {
  Kill();
  std::filesystem::remove_all(directory_);
}

void PostgreSqlServer::Start() {
  const auto ready = [this] { return Connection::Open(AdminString("postgres")).ok(); };
  absl::StatusOr<Process> started =
      Process::StartProgram(AsUser("postgres", {"-D", data(), "-k", directory_, "-c", "listen_addresses=", "-c",
                                                absl::StrCat("fsync=", disk_ == Disk::kSynced ? "on" : "off")}),
                            directory_ + "/log", ready);
  CHECK(started.ok()) << started.status();
  process_ = *std::move(started);
}

void PostgreSqlServer::Stop() {
  process_->Signal(SIGINT);
  CHECK_EQ(process_->Terminate(), 0) << process_->Log();
  process_.reset();
}

void PostgreSqlServer::Kill() {
  if (!process_) return;
  process_->Signal(SIGQUIT);
  process_->Terminate();
  process_.reset();
}

void PostgreSqlServer::Promote() { Run("pg_ctl", {"promote", "--pgdata", data(), "--wait"}); }

std::string PostgreSqlServer::NewDatabase() {
  std::string name = absl::StrCat("d", ++databases_);
  Query("postgres", absl::StrCat("CREATE DATABASE ", name, " OWNER server"));
  return name;
}

std::string PostgreSqlServer::ConnectionString(const std::string& database) const {
  return ConnectionString({this}, database);
}

std::string PostgreSqlServer::ConnectionString(const std::vector<const PostgreSqlServer*>& servers,
                                               const std::string& database) {
  std::vector<std::string> hosts;
  hosts.reserve(servers.size());
  for (const PostgreSqlServer* server : servers) hosts.push_back(server->directory_);
  return absl::StrCat("host=", absl::StrJoin(hosts, ","), " user=server password=", Password(), " dbname=", database);
}

const std::string& PostgreSqlServer::Password() {
  static const std::string password = "for-tests-only";
  return password;
}

std::string PostgreSqlServer::AdminString(const std::string& database) const {
  return absl::StrCat("host=", directory_, " user=admin password=", Password(), " dbname=", database,
                      " target_session_attrs=any");
}

std::vector<std::string> PostgreSqlServer::Query(const std::string& database, const std::string& sql) const {
  auto connection = Connection::Open(AdminString(database));
  CHECK(connection.ok()) << connection.status();
  const auto rows = (*connection)->Run({{{.sql = sql.c_str()}, {}}}, absl::Seconds(30));
  CHECK(rows.ok()) << sql << ": " << rows.status();
  std::vector<std::string> column;
  column.reserve(rows->front().size());
  for (size_t i = 0; i < rows->front().size(); ++i) column.push_back(rows->front().Text(i, 0));
  return column;
}

}  // namespace mcmig::harness
