#ifndef TESTS_BORDER_ALLOW_LIST_H_
#define TESTS_BORDER_ALLOW_LIST_H_

#include <map>
#include <set>
#include <string>
#include <utility>

#include "google/protobuf/message.h"
#include "tests/border/wire.h"

namespace mcmig::border {

// What may cross the border, as the tables of docs/security.md say it.
class AllowList {
 public:
  // Of the manual's text. Ends the test where a table is missing.
  static AllowList Read(const std::string& manual);

  // What in a request or an answer of the product is not on the list, a line each; empty where all is. `to_client`: the
  // other end is a client, and no MC system.
  [[nodiscard]] std::string Violations(const Sent& sent, bool to_client = false) const;

 private:
  [[nodiscard]] std::string OfMetadata(const Metadata& metadata) const;
  [[nodiscard]] std::string OfStatus(const grpc::Status& status, bool to_client) const;
  [[nodiscard]] std::string OfMessage(const google::protobuf::Message& message) const;

  // By full name of a message.
  std::map<std::string, std::set<std::string>> fields_;
  // By key: the form of the values, a regular expression.
  std::map<std::string, std::string> metadata_;
  // A code's name and a text.
  std::set<std::pair<std::string, std::string>> texts_;
  std::set<std::pair<std::string, std::string>> client_texts_;
};

// "UNAVAILABLE".
std::string CodeName(grpc::StatusCode code);

}  // namespace mcmig::border

#endif  // TESTS_BORDER_ALLOW_LIST_H_
