#include "services/mcmig/bundle/fingerprint.h"

#include <openssl/sha.h>

#include <array>
#include <cstddef>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"

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
  std::array<unsigned char, SHA256_DIGEST_LENGTH> digest{};
  SHA256(reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(), digest.data());
  return Grouped(absl::BytesToHexString({reinterpret_cast<const char*>(digest.data()), digest.size()}));
}

absl::StatusOr<std::string> ParseFingerprint(absl::string_view text) {
  std::string digits;
  for (const char c : text) {
    if (c == '-' || c == ':' || c == ' ') continue;
    if (!absl::ascii_isxdigit(static_cast<unsigned char>(c))) return absl::InvalidArgumentError("not of hex digits");
    digits.push_back(absl::ascii_tolower(static_cast<unsigned char>(c)));
  }
  if (digits.size() != size_t{2} * SHA256_DIGEST_LENGTH) return absl::InvalidArgumentError("not of 64 hex digits");
  return Grouped(digits);
}

}  // namespace mcmig::bundle
