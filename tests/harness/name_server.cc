#include "tests/harness/name_server.h"

#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include <utility>

#include "absl/strings/str_cat.h"
#include "glog/logging.h"
#include "tests/harness/loopback.h"

namespace mcmig::harness {
namespace {

bool Accepts(int port) {
  const int socket_fd = socket(AF_INET, SOCK_STREAM, 0);
  const sockaddr_in address = Loopback(port);
  const bool accepted = connect(socket_fd, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0;
  close(socket_fd);
  return accepted;
}

}  // namespace

NameServer::NameServer(std::string name, const std::string& directory, const std::vector<std::string>& addresses)
    : name_(std::move(name)), hosts_file_(absl::StrCat(directory, "/hosts")) {
  WriteHosts(addresses);
  constexpr int kAttempts = 10;
  for (int attempt = 0; !process_.has_value(); ++attempt) {
    port_ = FreePort();
    auto started = Process::StartProgram(
        {"/usr/sbin/dnsmasq", "--keep-in-foreground", "--conf-file=/dev/null", "--user=", "--pid-file=", "--no-resolv",
         "--no-hosts", absl::StrCat("--local=/", name_, "/"), "--local-ttl=0", "--listen-address=127.0.0.1",
         "--bind-interfaces", absl::StrCat("--port=", port_), absl::StrCat("--addn-hosts=", hosts_file_)},
        absl::StrCat(directory, "/dnsmasq.log"), [this] { return Accepts(port_); });
    if (started.ok()) process_ = *std::move(started);
    CHECK(process_.has_value() || attempt < kAttempts) << started.status();
  }
}

void NameServer::WriteHosts(const std::vector<std::string>& addresses) const {
  std::string hosts;
  for (const std::string& address : addresses) absl::StrAppend(&hosts, address, " ", name_, "\n");
  WriteFile(hosts_file_, hosts);
}

void NameServer::SetAddresses(const std::vector<std::string>& addresses) const {
  WriteHosts(addresses);
  process_->Signal(SIGHUP);
}

std::string NameServer::Target(int port) const {
  return absl::StrCat("dns://127.0.0.1:", port_, "/", name_, ":", port);
}

}  // namespace mcmig::harness
