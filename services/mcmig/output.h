#ifndef SERVICES_MCMIG_OUTPUT_H_
#define SERVICES_MCMIG_OUTPUT_H_

#include <cstddef>
#include <string>
#include <vector>

#include "google/protobuf/message.h"
#include "google/protobuf/timestamp.pb.h"
#include "mcmig/v1/migration.pb.h"

namespace mcmig::cli {

// One line on stdout: the message in protobuf's JSON form, with the field names of the contract.
void PrintJson(const google::protobuf::Message& message);

// Columns on stdout, as wide as their widest cell so far; printed in parts, so that a list of any length needs the
// memory of one page.
class Table {
 public:
  explicit Table(std::vector<std::string> header);
  void Add(std::vector<std::string> row);
  // Prints what was added since the last time; the header before the first.
  void Flush();

 private:
  std::vector<std::vector<std::string>> rows_;
  std::vector<size_t> widths_;
};

// "FAILURE CAUSE" and its text, a line each on stdout.
void PrintRefusal(v1::RefusalCause cause);
// "MCPTT", "-" where unset.
std::string ServiceText(v1::McService service);
// "1.42": incarnation and counter.
std::string EpochText(const v1::MigrationEpoch& epoch);
// RFC 3339 in UTC.
std::string TimeText(const google::protobuf::Timestamp& time);
// "-" where empty.
std::string TextOr(const std::string& text);

}  // namespace mcmig::cli

#endif  // SERVICES_MCMIG_OUTPUT_H_
