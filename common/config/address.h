#ifndef COMMON_CONFIG_ADDRESS_H_
#define COMMON_CONFIG_ADDRESS_H_

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace mcmig::config {

// "host:port", as configuration and command lines write it.
struct Address {
  // A host name, an IPv4 address, or an IPv6 address without its brackets.
  std::string host;
  uint16_t port = 0;
  // The host is 127.0.0.0/8, ::1 or "localhost": where plain text is allowed.
  bool loopback = false;
};

// INVALID_ARGUMENT where it is not of the form "name:port", "192.0.2.1:port" or "[2001:db8::1]:port". Resolves nothing.
absl::StatusOr<Address> ParseAddress(absl::string_view text);

}  // namespace mcmig::config

#endif  // COMMON_CONFIG_ADDRESS_H_
