#include "tests/harness/loopback.h"

#include <sys/socket.h>
#include <unistd.h>

#include <cstdint>

#include "glog/logging.h"

namespace mcmig::harness {

sockaddr_in Loopback(int port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(static_cast<uint16_t>(port));
  return address;
}

int FreePort() {
  const int socket_fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address = Loopback(0);
  socklen_t size = sizeof(address);
  auto* const any = reinterpret_cast<sockaddr*>(&address);
  CHECK(bind(socket_fd, any, size) == 0 && getsockname(socket_fd, any, &size) == 0);
  close(socket_fd);
  return ntohs(address.sin_port);
}

}  // namespace mcmig::harness
