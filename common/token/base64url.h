#ifndef COMMON_TOKEN_BASE64URL_H_
#define COMMON_TOKEN_BASE64URL_H_

#include <optional>
#include <string>

#include "absl/strings/string_view.h"

namespace mcmig::token {

// Decodes base64url as JWS wants it (RFC 7515 section 2): exactly one text stands for some bytes, so that what is
// compared or remembered as text cannot be spelled a second way. Nothing for padding, whitespace, characters outside
// the alphabet, an impossible length, or trailing bits that are not zero. The empty text is the empty string.
std::optional<std::string> DecodeBase64Url(absl::string_view text);

}  // namespace mcmig::token

#endif  // COMMON_TOKEN_BASE64URL_H_
