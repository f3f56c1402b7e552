#include "common/config/address.h"

#include <arpa/inet.h>

#include <charconv>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"

namespace mcmig::config {
namespace {

constexpr size_t kMaxHostBytes = 253;

bool IsHostName(absl::string_view host) {
  if (host.empty() || host.size() > kMaxHostBytes || host[0] == '.' || host[0] == '-') return false;
  for (const char c : host) {
    if (!absl::ascii_isalnum(static_cast<unsigned char>(c)) && c != '.' && c != '-') return false;
  }
  return true;
}

}  // namespace

absl::StatusOr<Address> ParseAddress(absl::string_view text) {
  absl::Status refusal = absl::InvalidArgumentError("must be host:port, such as 127.0.0.1:7000");
  const size_t colon = text.rfind(':');
  if (colon == absl::string_view::npos) return refusal;
  const absl::string_view port = text.substr(colon + 1);
  Address address;
  const std::from_chars_result read = std::from_chars(port.data(), port.data() + port.size(), address.port);
  if (read.ec != std::errc() || read.ptr != port.data() + port.size()) return refusal;

  const absl::string_view host = text.substr(0, colon);
  if (absl::StartsWith(host, "[") && absl::EndsWith(host, "]")) {
    address.host = std::string(host.substr(1, host.size() - 2));
    in6_addr parsed{};
    if (inet_pton(AF_INET6, address.host.c_str(), &parsed) != 1) return refusal;
    address.loopback = IN6_IS_ADDR_LOOPBACK(&parsed);
    return address;
  }
  if (!IsHostName(host)) return refusal;
  address.host = std::string(host);
  if (address.host.find_first_not_of("0123456789.") == std::string::npos) {
    in_addr parsed{};
    if (inet_pton(AF_INET, address.host.c_str(), &parsed) != 1) return refusal;
    address.loopback = (ntohl(parsed.s_addr) >> 24) == IN_LOOPBACKNET;
    return address;
  }
  address.loopback = absl::EqualsIgnoreCase(host, "localhost");
  return address;
}

}  // namespace mcmig::config
