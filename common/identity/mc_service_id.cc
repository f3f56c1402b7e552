#include "common/identity/mc_service_id.h"

#include <utility>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"

namespace mcmig::identity {
namespace {

constexpr size_t kMaxHostBytes = 253;
constexpr size_t kMaxLabelBytes = 63;

absl::Status Malformed(absl::string_view what) { return absl::InvalidArgumentError(what); }

bool Contains(absl::string_view set, char c) { return set.find(c) != absl::string_view::npos; }

// RFC 3986 section 2.3.
bool IsUnreserved(char c) { return absl::ascii_isalnum(static_cast<unsigned char>(c)) || Contains("-._~", c); }

// What a part of the URI may hold as it is, beyond unreserved characters.
constexpr absl::string_view kSipUserMarks = "!*'()";         // RFC 3261 `mark`: the same encoded or not
constexpr absl::string_view kSipUserReserved = "&=+$,;?/";   // RFC 3261 `user-unreserved`
constexpr absl::string_view kUserReserved = "!$&'()*+,;=";   // RFC 3986 `sub-delims`
constexpr absl::string_view kPathReserved = "!$&'()*+,;=@/"; // RFC 3986 `pchar` without ':', and '/'

// Appends the canonical form of a user or path: what may be decoded without changing its meaning is decoded.
absl::Status AppendCanonical(absl::string_view part, absl::string_view marks, absl::string_view reserved,
                             std::string* canonical) {
  for (size_t i = 0; i < part.size(); ++i) {
    const char c = part[i];
    if (c != '%') {
      if (!IsUnreserved(c) && !Contains(marks, c) && !Contains(reserved, c)) {
        return Malformed("holds a character that must be percent-encoded");
      }
      canonical->push_back(c);
      continue;
    }
    if (i + 2 >= part.size() || !absl::ascii_isxdigit(static_cast<unsigned char>(part[i + 1])) ||
        !absl::ascii_isxdigit(static_cast<unsigned char>(part[i + 2]))) {
      return Malformed("holds a '%' that encodes nothing");
    }
    const auto digit = [](char hex) { return absl::ascii_isdigit(static_cast<unsigned char>(hex)) ? hex - '0' : absl::ascii_toupper(static_cast<unsigned char>(hex)) - 'A' + 10; };
    const char decoded = static_cast<char>(digit(part[i + 1]) * 16 + digit(part[i + 2]));
    if (absl::ascii_iscntrl(static_cast<unsigned char>(decoded))) return Malformed("encodes a control character");
    if (IsUnreserved(decoded) || Contains(marks, decoded)) {
      canonical->push_back(decoded);
    } else {
      absl::StrAppend(canonical, absl::AsciiStrToUpper(part.substr(i, 3)));
    }
    i += 2;
  }
  return absl::OkStatus();
}

// Lower-case host without its trailing dot.
absl::StatusOr<std::string> ParseHost(absl::string_view host) {
  if (!host.empty() && host.back() == '.') host.remove_suffix(1);
  if (host.empty()) return Malformed("has no host");
  if (host.front() == '[') return Malformed("has an IP literal for a host");
  if (host.size() > kMaxHostBytes) return Malformed("has a host of more than 253 bytes");
  size_t label = 0;  // where the current label starts
  for (size_t i = 0; i <= host.size(); ++i) {
    if (i < host.size() && host[i] != '.') {
      if (!absl::ascii_isalnum(static_cast<unsigned char>(host[i])) && host[i] != '-') {
        return Malformed(host[i] == ':' ? "has a port" : "has a host that is no domain name");
      }
      continue;
    }
    if (i == label || i - label > kMaxLabelBytes || host[label] == '-' || host[i - 1] == '-') {
      return Malformed("has a host that is no domain name");
    }
    if (i == host.size() && !absl::ascii_isalpha(static_cast<unsigned char>(host[label]))) {
      return Malformed("has an IP address or a number for a host");
    }
    label = i + 1;
  }
  return absl::AsciiStrToLower(host);
}

// The scheme in lower case; empty where there is none.
std::string ParseScheme(absl::string_view bytes, size_t colon) {
  if (colon == absl::string_view::npos || colon == 0 || !absl::ascii_isalpha(static_cast<unsigned char>(bytes[0]))) return "";
  for (const char c : bytes.substr(0, colon)) {
    if (!absl::ascii_isalnum(static_cast<unsigned char>(c)) && !Contains("+-.", c)) return "";
  }
  return absl::AsciiStrToLower(bytes.substr(0, colon));
}

bool HasDotSegment(absl::string_view path) {
  while (!path.empty()) {
    path.remove_prefix(1);  // '/'
    const absl::string_view segment = path.substr(0, path.find('/'));
    if (segment == "." || segment == "..") return true;
    path.remove_prefix(segment.size());
  }
  return false;
}

}  // namespace

absl::StatusOr<McServiceId> McServiceId::Parse(absl::string_view bytes) {
  if (bytes.empty()) return Malformed("is empty");
  if (bytes.size() > kMaxBytes) return Malformed("has more than 256 bytes");
  const size_t colon = bytes.find(':');
  const std::string scheme = ParseScheme(bytes, colon);
  if (scheme.empty()) return Malformed("is no URI");
  const bool sip = scheme == "sip" || scheme == "sips";
  absl::string_view rest = bytes.substr(colon + 1);
  if (!sip) {
    if (rest.substr(0, 2) != "//") return Malformed("is of a URI scheme without a host");
    rest.remove_prefix(2);
  }
  absl::string_view authority = rest;
  absl::string_view path;
  if (!sip) {
    authority = rest.substr(0, rest.find('/'));
    path = rest.substr(authority.size());
  }
  const size_t at = authority.find('@');
  if (at == absl::string_view::npos || at == 0) return Malformed("has no user part");
  const absl::string_view user = authority.substr(0, at);
  if (Contains(user, ':')) return Malformed("has a password");

  absl::StatusOr<std::string> host = ParseHost(authority.substr(at + 1));
  if (!host.ok()) return host.status();
  std::string canonical = absl::StrCat(scheme, sip ? ":" : "://");
  absl::Status good = sip ? AppendCanonical(user, kSipUserMarks, kSipUserReserved, &canonical)
                          : AppendCanonical(user, "", kUserReserved, &canonical);
  if (!good.ok()) return good;
  absl::StrAppend(&canonical, "@", *host);
  const size_t path_start = canonical.size();
  good = AppendCanonical(path, "", kPathReserved, &canonical);
  if (!good.ok()) return good;
  if (HasDotSegment(absl::string_view(canonical).substr(path_start))) return Malformed("has a path with '.' or '..'");
  return McServiceId(std::string(bytes), std::move(canonical), *std::move(host));
}

}  // namespace mcmig::identity
