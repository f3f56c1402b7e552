#include "services/mcmig/json_line.h"

#include "absl/status/statusor.h"
#include "common/config/tree.h"
#include "common/config/typed.h"
#include "common/config/violations.h"

namespace mcmig::cli {

std::string ReadJsonLine(absl::string_view line, google::protobuf::Message& entry) {
  const absl::StatusOr<config::Node> tree = config::ParseJson(line);
  if (!tree.ok()) return std::string(tree.status().message());
  config::Violations violations;
  config::ReadMessage(*tree, entry, violations);
  return violations.First();
}

}  // namespace mcmig::cli
