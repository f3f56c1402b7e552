#ifndef SERVICES_MCMIG_JSON_LINE_H_
#define SERVICES_MCMIG_JSON_LINE_H_

#include <string>

#include "absl/strings/string_view.h"
#include "google/protobuf/message.h"

namespace mcmig::cli {

// Reads one JSON object in protobuf's form, strictly (common/config/typed.h). What is wrong with it, "FIELD: reason",
// without what was read; empty where it was read into `entry`.
std::string ReadJsonLine(absl::string_view line, google::protobuf::Message& entry);

}  // namespace mcmig::cli

#endif  // SERVICES_MCMIG_JSON_LINE_H_
