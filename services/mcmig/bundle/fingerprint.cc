#include "services/mcmig/bundle/fingerprint.h"

#include <cstddef>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "common/digest/sha256.h"

namespace mcmig::bundle {
namespace {

constexpr size_t kGroup = 4;

std::string Grouped(absl::string_view digits) {
  std::string text;
  for (size_t i = 0; i < digits.size(); i += kGroup) {
    if (i > 0) text.push_back('-');
    text.append(digits.data() + i, kGroup);
  }
  return text;
}

}  // namespace

std::string Fingerprint(absl::string_view bytes) {
  return Grouped(absl::BytesToHexString(digest::BytesOf(digest::Sha256Of(bytes))));
}

absl::StatusOr<std::string> ParseFingerprint(absl::string_view text) {
  std::string digits;
  for (const char c : text) {
    if (c == '-' || c == ':' || c == ' ') continue;
    if (!absl::ascii_isxdigit(static_cast<unsigned char>(c))) return absl::InvalidArgumentError("not of hex digits");
    digits.push_back(absl::ascii_tolower(static_cast<unsigned char>(c)));
  }
  if (digits.size() != 2 * sizeof(digest::Sha256)) return absl::InvalidArgumentError("not of 64 hex digits");
  return Grouped(digits);
}

}  // namespace mcmig::bundle
