#include "common/identity/mc_service_id.h"

#include <array>
#include <cstdint>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/strip.h"

namespace mcmig::identity {
namespace {

// RFC 1035 clause 2.3.4. Its bound on whole names, 253 bytes, cannot be reached within McServiceId::kMaxBytes.
constexpr size_t kMaxLabelBytes = 63;

// What a character may be; a table, since every request parses two IDs.
enum CharacterClass : uint8_t {
  kUnreserved = 1U << 0U,     // RFC 3986 clause 2.3
  kUserinfo = 1U << 1U,       // RFC 3986 clause 3.2.1 unencoded, without the colon of a password
  kSegment = 1U << 2U,        // RFC 3986 clause 3.3 unencoded
  kSipUnreserved = 1U << 3U,  // RFC 3261 clause 25.1: unreserved
  kSipUser = 1U << 4U,        // RFC 3261 clause 25.1: unencoded in user
};

constexpr std::array<uint8_t, 256> MakeClasses() {
  std::array<uint8_t, 256> classes{};
  const auto add = [&classes](const char* characters, uint8_t mask) {
    for (; *characters != '\0'; ++characters) classes[static_cast<unsigned char>(*characters)] |= mask;
  };
  add("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~",
      kUnreserved | kUserinfo | kSegment | kSipUnreserved | kSipUser);
  add("!*'()", kUserinfo | kSegment | kSipUnreserved | kSipUser);
  add("&=+$,;", kUserinfo | kSegment | kSipUser);
  add("?/", kSipUser);
  add(":@", kSegment);
  return classes;
}
constexpr std::array<uint8_t, 256> kClasses = MakeClasses();

bool Is(char c, CharacterClass mask) { return (kClasses[static_cast<unsigned char>(c)] & mask) != 0; }

absl::Status Refuse(absl::string_view text) { return absl::InvalidArgumentError(text); }

// The byte that two hexadecimal digits stand for; -1 where they are none.
int Unhex(absl::string_view digits) {
  const auto value = [](char c) {
    if (absl::ascii_isdigit(static_cast<unsigned char>(c))) return c - '0';
    if (!absl::ascii_isxdigit(static_cast<unsigned char>(c))) return -1;
    return absl::ascii_tolower(static_cast<unsigned char>(c)) - 'a' + 10;
  };
  if (digits.size() < 2) return -1;
  const int high = value(digits[0]);
  const int low = value(digits[1]);
  return high < 0 || low < 0 ? -1 : high * 16 + low;
}

// Appends the canonical form of `part`. False where a character is neither in `allowed` nor properly encoded.
bool AppendCanonical(absl::string_view part, CharacterClass allowed, CharacterClass decoded, std::string& out) {
  for (size_t i = 0; i < part.size(); ++i) {
    if (part[i] != '%') {
      if (!Is(part[i], allowed)) return false;
      out.push_back(part[i]);
      continue;
    }
    const int byte = Unhex(part.substr(i + 1));
    // An encoded control character names no user; it could only mislead whoever prints or compares the decoded form.
    if (byte < 0x20 || byte == 0x7f) return false;
    if (Is(static_cast<char>(byte), decoded)) {
      out.push_back(static_cast<char>(byte));
    } else {
      out.push_back('%');
      out.push_back(absl::ascii_toupper(static_cast<unsigned char>(part[i + 1])));
      out.push_back(absl::ascii_toupper(static_cast<unsigned char>(part[i + 2])));
    }
    i += 2;
  }
  return true;
}

bool IsLabel(absl::string_view label) {
  if (label.empty() || label.size() > kMaxLabelBytes || label.front() == '-' || label.back() == '-') return false;
  for (const char c : label) {
    if (!absl::ascii_isalnum(static_cast<unsigned char>(c)) && c != '-') return false;
  }
  return true;
}

// RFC 3261's hostname: the last label starts with a letter, which keeps every form of an IPv4 address out.
absl::StatusOr<std::string> ParseHost(absl::string_view host) {
  if (host.find_first_of(":;?#") != absl::string_view::npos && !absl::StartsWith(host, "[")) {
    return Refuse("port, parameters, headers, query and fragment are not allowed");
  }
  if (absl::EndsWith(host, ".")) host.remove_suffix(1);
  if (host.empty()) return Refuse("host is missing");
  for (absl::string_view rest = host;;) {
    const size_t dot = rest.find('.');
    const absl::string_view label = rest.substr(0, dot);
    if (!IsLabel(label)) return Refuse("host is not a domain name");
    if (dot != absl::string_view::npos) {
      rest.remove_prefix(dot + 1);
      continue;
    }
    if (!absl::ascii_isalpha(static_cast<unsigned char>(label.front()))) return Refuse("host is not a domain name");
    return absl::AsciiStrToLower(host);
  }
}

bool IsScheme(absl::string_view scheme) {
  if (scheme.empty() || !absl::ascii_isalpha(static_cast<unsigned char>(scheme.front()))) return false;
  for (const char c : scheme) {
    if (!absl::ascii_isalnum(static_cast<unsigned char>(c)) && c != '+' && c != '-' && c != '.') return false;
  }
  return true;
}

// Appends `/segment/segment`. Empty and dot segments would give one resource several names.
absl::Status AppendPath(absl::string_view path, std::string& out) {
  while (!path.empty()) {
    path.remove_prefix(1);
    const size_t slash = path.find('/');
    out.push_back('/');
    const size_t start = out.size();
    if (!AppendCanonical(path.substr(0, slash), kSegment, kUnreserved, out)) return Refuse("path has a bad character");
    const absl::string_view segment = absl::string_view(out).substr(start);
    if (segment.empty() || segment == "." || segment == "..") return Refuse("path has an empty or dot segment");
    path.remove_prefix(slash == absl::string_view::npos ? path.size() : slash);
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<McServiceId> McServiceId::Parse(absl::string_view bytes) {
  if (bytes.empty()) return Refuse("is empty");
  if (bytes.size() > kMaxBytes) return Refuse("is longer than 256 bytes");
  const size_t colon = bytes.find(':');
  if (colon == absl::string_view::npos || !IsScheme(bytes.substr(0, colon))) return Refuse("is not a URI");

  std::string canonical = absl::AsciiStrToLower(bytes.substr(0, colon));
  absl::string_view rest = bytes.substr(colon + 1);
  absl::string_view path;
  const bool sip = canonical == "sip" || canonical == "sips";
  const bool hierarchical = absl::ConsumePrefix(&rest, "//");
  // RFC 3261 would read sip://user@host as a user "//user"; nobody means that.
  if (sip == hierarchical || canonical == "tel") return Refuse("scheme has no user and host");
  canonical.append(sip ? ":" : "://");
  if (hierarchical) {
    const size_t end = rest.find('/');
    if (end != absl::string_view::npos) path = rest.substr(end);
    rest = rest.substr(0, end);
  }

  const size_t at = rest.find('@');
  if (at == absl::string_view::npos || at == 0) return Refuse("user part is missing");
  if (!AppendCanonical(rest.substr(0, at), sip ? kSipUser : kUserinfo, sip ? kSipUnreserved : kUnreserved, canonical)) {
    return Refuse("user part has a bad character, bad percent-encoding or a password");
  }
  absl::StatusOr<std::string> host = ParseHost(rest.substr(at + 1));
  if (!host.ok()) return host.status();
  canonical.push_back('@');
  canonical.append(*host);
  if (absl::Status appended = AppendPath(path, canonical); !appended.ok()) return appended;
  return McServiceId(std::string(bytes), std::move(canonical), *std::move(host));
}

}  // namespace mcmig::identity
