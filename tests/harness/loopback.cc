#include "tests/harness/loopback.h"

#include <sys/socket.h>
#include <unistd.h>

#include <cstdint>

#include "absl/strings/str_cat.h"
#include "glog/logging.h"

namespace mcmig::harness {

sockaddr_in Loopback(int port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(static_cast<uint16_t>(port));
  return address;
}

namespace {

// Binds `socket_fd` to a port that the system chooses.
int BindAny(int socket_fd) {
  sockaddr_in address = Loopback(0);
  socklen_t size = sizeof(address);
  auto* const any = reinterpret_cast<sockaddr*>(&address);
  CHECK(bind(socket_fd, any, size) == 0 && getsockname(socket_fd, any, &size) == 0);
  return ntohs(address.sin_port);
}

int NewSocket() { return socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0); }

}  // namespace

// Linux lets two sockets with SO_REUSEADDR have one port as long as at most one of them listens.
ReservedPort::ReservedPort() : socket_(NewSocket()) {
  const int on = 1;
  PCHECK(setsockopt(socket_, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) == 0);
  address_ = absl::StrCat("127.0.0.1:", BindAny(socket_));
}

ReservedPort::~ReservedPort() { close(socket_); }

int FreePort() {
  const int socket_fd = NewSocket();
  const int port = BindAny(socket_fd);
  close(socket_fd);
  return port;
}

}  // namespace mcmig::harness
