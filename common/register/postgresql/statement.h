#ifndef COMMON_REGISTER_POSTGRESQL_STATEMENT_H_
#define COMMON_REGISTER_POSTGRESQL_STATEMENT_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"
#include "libpq-fe.h"

namespace mcmig::migration::postgresql {

// An SQL statement with parameters $1, $2, …
struct Statement {
  // Prepared once for each connection under this name, unique in the program; empty: not prepared.
  const char* name = "";
  const char* sql = "";
};

// The values of a statement's parameters, in order. They are sent beside the statement, never as a part of it.
class Parameters {
 public:
  struct Value {
    std::optional<std::string> bytes;  // unset: NULL
    bool binary = false;
  };
  // For text and bytea.
  Parameters& Bytes(std::string value) {
    values_.push_back({std::move(value), true});
    return *this;
  }
  // For every type of number that is wide enough.
  Parameters& Number(int64_t value) { return Decimal(std::to_string(value)); }
  Parameters& Number(uint64_t value) { return Decimal(std::to_string(value)); }
  // For text[].
  Parameters& Texts(const std::vector<std::string>& values);
  Parameters& Null() {
    values_.emplace_back();
    return *this;
  }
  [[nodiscard]] const std::vector<Value>& values() const { return values_; }

 private:
  Parameters& Decimal(std::string value) {
    values_.push_back({std::move(value), false});
    return *this;
  }

  std::vector<Value> values_;
};

struct Command {
  Statement statement;
  Parameters parameters;
};

// The rows that a statement gave, columns by their place. Of type text, bytea, smallint, integer or bigint.
class Rows {
 public:
  explicit Rows(PGresult* result) : result_(result, &PQclear) {}

  [[nodiscard]] size_t size() const { return static_cast<size_t>(PQntuples(result_.get())); }
  [[nodiscard]] bool IsNull(size_t row, int column) const {
    return PQgetisnull(result_.get(), static_cast<int>(row), column) == 1;
  }
  // Of text and bytea; valid as long as the rows.
  [[nodiscard]] absl::string_view Bytes(size_t row, int column) const {
    return {PQgetvalue(result_.get(), static_cast<int>(row), column),
            static_cast<size_t>(PQgetlength(result_.get(), static_cast<int>(row), column))};
  }
  [[nodiscard]] std::string Text(size_t row, int column) const { return std::string(Bytes(row, column)); }
  // 0 where NULL.
  [[nodiscard]] int64_t Number(size_t row, int column) const;
  // What was done: "COMMIT".
  [[nodiscard]] absl::string_view Tag() const { return PQcmdStatus(result_.get()); }

 private:
  std::unique_ptr<PGresult, decltype(&PQclear)> result_;
};

}  // namespace mcmig::migration::postgresql

#endif  // COMMON_REGISTER_POSTGRESQL_STATEMENT_H_
