#ifndef COMMON_RPC_ADDRESS_H_
#define COMMON_RPC_ADDRESS_H_

#include <string>

#include "absl/strings/string_view.h"

namespace mcmig::rpc {

// Whether "host:port" is on this machine only: 127.0.0.0/8, [::1] or localhost. Pure.
bool IsLoopback(absl::string_view address);

// "host:port" with another port. Pure.
std::string WithPort(absl::string_view address, int port);

}  // namespace mcmig::rpc

#endif  // COMMON_RPC_ADDRESS_H_
