#include "common/register/postgresql/connection.h"

#include <poll.h>

#include <cerrno>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "absl/time/clock.h"

namespace mcmig::migration::postgresql {
namespace {

constexpr int kBinary = 1;

absl::string_view FieldOf(const PGresult* result, int field) {
  const char* value = PQresultErrorField(result, field);
  return value == nullptr ? absl::string_view() : value;
}

// Only the primary text: the details of an error name the values of keys.
absl::Status StatusOf(const PGresult* result) {
  const absl::string_view code = FieldOf(result, PG_DIAG_SQLSTATE);
  const std::string text = absl::StrCat("PostgreSQL: ", FieldOf(result, PG_DIAG_MESSAGE_PRIMARY), " (", code, ")");
  if (code == "XX001" || code == "XX002") return absl::DataLossError(text);
  if (absl::StartsWith(code, "42") || absl::StartsWith(code, "0A") || absl::StartsWith(code, "3F")) {
    return absl::FailedPreconditionError(text);
  }
  return absl::UnavailableError(text);
}

}  // namespace

absl::StatusOr<std::unique_ptr<Connection>> Connection::Open(const std::string& connection_string) {
  // libpq's own text would repeat parts of the string.
  PQconninfoOption* parsed = PQconninfoParse(connection_string.c_str(), nullptr);
  if (parsed == nullptr) return absl::InvalidArgumentError("the connection string cannot be understood");
  PQconninfoFree(parsed);

  // What the string says goes before what comes before it here, and after what comes behind it.
  const char* const names[] = {
      "connect_timeout",      "tcp_user_timeout", "keepalives_idle", "keepalives_interval", "keepalives_count",
      "target_session_attrs", "application_name", "dbname",          "client_encoding",     nullptr};
  const char* const values[] = {"2",    "3000", "2", "1", "3", "read-write", "mcmig", connection_string.c_str(),
                                "UTF8", nullptr};
  std::unique_ptr<Connection> connection(new Connection(PQconnectdbParams(names, values, /*expand_dbname=*/1)));
  PGconn* const raw = connection->connection_;
  if (raw == nullptr) return absl::UnavailableError("PostgreSQL: out of memory");
  if (PQstatus(raw) != CONNECTION_OK) return connection->Lost();
  PQsetErrorVerbosity(raw, PQERRORS_TERSE);
  PQsetNoticeReceiver(raw, &Connection::OnNotice, connection.get());
  if (PQsetnonblocking(raw, 1) != 0 || PQenterPipelineMode(raw) != 1) return connection->Lost();
  return connection;
}

absl::StatusOr<std::vector<Rows>> Connection::Run(absl::Span<const Command> commands, absl::Duration timeout) {
  const absl::Time deadline = absl::Now() + timeout;
  warning_.clear();
  std::vector<size_t> places;  // of the results of the commands among all
  places.reserve(commands.size());
  size_t expected = 0;
  for (const Command& command : commands) {
    const absl::StatusOr<size_t> sent = Send(command);
    if (!sent.ok()) return sent.status();
    expected += *sent;
    places.push_back(expected - 1);
  }
  if (PQpipelineSync(connection_) != 1) return Lost();
  absl::StatusOr<std::vector<Rows>> results = Receive(expected, deadline);
  if (!results.ok()) return results.status();
  // Above all: a commit that is answered although its wait for the standbys was broken off. Nothing here warns
  // otherwise.
  if (!warning_.empty()) return absl::UnavailableError(absl::StrCat("PostgreSQL warns: ", warning_));

  std::vector<Rows> rows;
  rows.reserve(commands.size());
  for (const size_t place : places) rows.push_back(std::move((*results)[place]));
  return rows;
}

absl::StatusOr<size_t> Connection::Send(const Command& command) {
  const auto& given = command.parameters.values();
  std::vector<const char*> values;
  std::vector<int> lengths;
  std::vector<int> formats;
  for (const Parameters::Value& value : given) {
    values.push_back(value.bytes ? value.bytes->data() : nullptr);
    lengths.push_back(value.bytes ? static_cast<int>(value.bytes->size()) : 0);
    formats.push_back(value.binary ? kBinary : 0);
  }
  const int count = static_cast<int>(given.size());
  const Statement& statement = command.statement;
  if (*statement.name == '\0') {
    if (PQsendQueryParams(connection_, statement.sql, count, nullptr, values.data(), lengths.data(), formats.data(),
                          kBinary) != 1) {
      return Lost();
    }
    return 1;
  }
  const bool prepare = prepared_.insert(statement.name).second;
  if (prepare && PQsendPrepare(connection_, statement.name, statement.sql, 0, nullptr) != 1) return Lost();
  if (PQsendQueryPrepared(connection_, statement.name, count, values.data(), lengths.data(), formats.data(), kBinary) !=
      1) {
    return Lost();
  }
  return prepare ? 2 : 1;
}

absl::StatusOr<std::vector<Rows>> Connection::Receive(size_t expected, absl::Time deadline) {
  std::vector<Rows> results;
  results.reserve(expected);
  absl::Status first_error;
  for (;;) {
    const int unsent = PQflush(connection_);
    if (unsent < 0) return Lost();
    while (PQisBusy(connection_) == 0) {
      PGresult* const result = PQgetResult(connection_);
      const ExecStatusType status = result == nullptr ? PGRES_EMPTY_QUERY : PQresultStatus(result);
      if (result != nullptr) results.emplace_back(result);
      if (status == PGRES_PIPELINE_SYNC) {
        results.pop_back();
        if (first_error.ok() && results.size() != expected) return absl::UnavailableError("PostgreSQL: lost answers");
        if (!first_error.ok()) return first_error;
        return results;
      }
      if (status == PGRES_FATAL_ERROR && first_error.ok()) first_error = StatusOf(result);
      if (PQstatus(connection_) != CONNECTION_OK) return first_error.ok() ? Lost() : first_error;
    }
    if (absl::Status ready = WaitForServer(unsent > 0, deadline); !ready.ok()) return ready;
    if (PQconsumeInput(connection_) != 1) return Lost();
  }
}

absl::Status Connection::WaitForServer(bool to_write, absl::Time deadline) {
  pollfd socket{
      .fd = PQsocket(connection_), .events = static_cast<short>(to_write ? POLLIN | POLLOUT : POLLIN), .revents = 0};
  for (;;) {
    const int64_t left = absl::ToInt64Milliseconds(absl::Ceil(deadline - absl::Now(), absl::Milliseconds(1)));
    const int ready = left <= 0 ? 0 : poll(&socket, 1, static_cast<int>(left));
    if (ready > 0) return absl::OkStatus();
    if (ready == 0) return absl::UnavailableError("PostgreSQL gives no answer in time");
    if (errno != EINTR) return Lost();
  }
}

bool Connection::IsAlive() const {
  pollfd socket{.fd = PQsocket(connection_), .events = POLLIN, .revents = 0};
  return poll(&socket, 1, 0) == 0;
}

absl::Status Connection::Lost() {
  absl::string_view text = PQerrorMessage(connection_);
  while (absl::ConsumeSuffix(&text, "\n")) {
  }
  return absl::UnavailableError(absl::StrCat("PostgreSQL: ", text.empty() ? "the connection is lost" : text));
}

void Connection::OnNotice(void* self, const PGresult* notice) {
  if (FieldOf(notice, PG_DIAG_SEVERITY_NONLOCALIZED) != "WARNING") return;
  static_cast<Connection*>(self)->warning_ =
      absl::StrCat(FieldOf(notice, PG_DIAG_MESSAGE_PRIMARY), " (", FieldOf(notice, PG_DIAG_SQLSTATE), ")");
}

}  // namespace mcmig::migration::postgresql
