#ifndef COMMON_CONFIG_TYPED_H_
#define COMMON_CONFIG_TYPED_H_

#include "common/config/tree.h"
#include "common/config/violations.h"
#include "google/protobuf/message.h"

namespace mcmig::config {

// Reads a tree into a message by protobuf's JSON mapping, strictly: keys are field names (snake_case, or lowerCamelCase
// as the mapping has it), enums by name, Duration "1.5s", Timestamp in RFC 3339, bytes in base64.
//
// Adds every violation with its path: unknown key (with the nearest known one), key given twice, value of the wrong
// type or out of its type's range, unknown enum name, two members of one oneof, YAML key without a value. What is right
// is set in `out` all the same, so that further checks can go on. Map fields, groups and other well-known types are not
// supported: no message read here has them, and a field of such a type is a violation. Thread-safe.
void ReadMessage(const Node& tree, google::protobuf::Message& out, Violations& violations);

}  // namespace mcmig::config

#endif  // COMMON_CONFIG_TYPED_H_
