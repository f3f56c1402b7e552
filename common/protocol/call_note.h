#ifndef COMMON_PROTOCOL_CALL_NOTE_H_
#define COMMON_PROTOCOL_CALL_NOTE_H_

#include <string>

#include "absl/status/status.h"
#include "common/protocol/authorization.h"

namespace mcmig::protocol {

// What a handler found out about its call, and does not tell the caller: written as it ends (ops::DecisionScope), read
// by whoever called the handler. The executor's thread.
struct CallNote {
  // As in ops::DecisionEntry. Empty where the handler decided nothing, such as most of what operators ask.
  const char* role = "";
  std::string request_id;
  Decision decision;
  absl::Status status;
};

}  // namespace mcmig::protocol

#endif  // COMMON_PROTOCOL_CALL_NOTE_H_
