#include "tests/harness/silent_server.h"

#include <glog/logging.h>
#include <sys/socket.h>
#include <unistd.h>

#include "absl/strings/str_cat.h"
#include "tests/harness/loopback.h"

namespace mcmig::harness {

SilentServer::SilentServer() : socket_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  sockaddr_in address = Loopback(0);
  socklen_t length = sizeof(address);
  auto* const any = reinterpret_cast<sockaddr*>(&address);
  PCHECK(bind(socket_, any, length) == 0);
  PCHECK(listen(socket_, 64) == 0);
  PCHECK(getsockname(socket_, any, &length) == 0);
  address_ = absl::StrCat("127.0.0.1:", ntohs(address.sin_port));
}

SilentServer::~SilentServer() { close(socket_); }

}  // namespace mcmig::harness
