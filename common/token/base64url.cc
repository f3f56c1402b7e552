#include "common/token/base64url.h"

#include "absl/strings/escaping.h"

namespace mcmig::token {

std::optional<std::string> DecodeBase64Url(absl::string_view text) {
  std::string bytes;
  // Abseil's decoder is lenient, its encoder canonical: what does not come back the same was not exact.
  if (!absl::WebSafeBase64Unescape(text, &bytes) || absl::WebSafeBase64Escape(bytes) != text) return std::nullopt;
  return bytes;
}

}  // namespace mcmig::token
