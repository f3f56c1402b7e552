#ifndef COMMON_TOKEN_JSON_OBJECT_H_
#define COMMON_TOKEN_JSON_OBJECT_H_

#include <cstddef>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "nlohmann/json.hpp"

namespace mcmig::token {

// Deepest accepted nesting, the outermost object included. Key sets need 4.
inline constexpr int kMaxJsonDepth = 8;

// Parses one JSON object (RFC 8259) of at most `max_bytes`.
//
// Refuses what two readers might understand differently: a member name that occurs twice in one object, at any depth
// and in any spelling of its escapes; a byte order mark; invalid UTF-8; numbers that no double can hold; anything after
// the object. INVALID_ARGUMENT, with a text that repeats nothing of the input.
absl::StatusOr<nlohmann::json> ParseJsonObject(absl::string_view bytes, size_t max_bytes);

// The member `name`, or null where `object` has none.
const nlohmann::json* FindMember(const nlohmann::json& object, const char* name);
// The member `name` where it is a string, else null.
const std::string* FindString(const nlohmann::json& object, const char* name);

}  // namespace mcmig::token

#endif  // COMMON_TOKEN_JSON_OBJECT_H_
