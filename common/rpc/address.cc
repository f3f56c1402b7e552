#include "common/rpc/address.h"

#include <arpa/inet.h>
#include <netinet/in.h>

#include "absl/strings/str_cat.h"

namespace mcmig::rpc {
namespace {

absl::string_view HostOf(absl::string_view address) { return address.substr(0, address.rfind(':')); }

}  // namespace

bool IsLoopback(absl::string_view address) {
  const absl::string_view host = HostOf(address);
  if (host == "localhost" || host == "[::1]") return true;
  in_addr ip{};
  constexpr uint32_t kLoopbackNet = 127;
  return inet_pton(AF_INET, std::string(host).c_str(), &ip) == 1 && ntohl(ip.s_addr) >> 24U == kLoopbackNet;
}

std::string WithPort(absl::string_view address, int port) { return absl::StrCat(HostOf(address), ":", port); }

}  // namespace mcmig::rpc
