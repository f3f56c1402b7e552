#ifndef TESTS_HARNESS_NAME_SERVER_H_
#define TESTS_HARNESS_NAME_SERVER_H_

#include <optional>
#include <string>
#include <vector>

#include "tests/harness/process.h"

namespace mcmig::harness {

// A DNS server (dnsmasq) on the loopback that knows one name. Ended when destroyed.
class NameServer {
 public:
  // Answers for `name` from now on. `directory`: for its files.
  NameServer(std::string name, const std::string& directory, const std::vector<std::string>& addresses);

  // From soon on, the name has exactly these addresses.
  void SetAddresses(const std::vector<std::string>& addresses) const;
  // What gRPC resolves to those addresses, each with `port`: "dns://127.0.0.1:<port of this server>/<name>:<port>".
  [[nodiscard]] std::string Target(int port) const;

 private:
  void WriteHosts(const std::vector<std::string>& addresses) const;

  const std::string name_;
  const std::string hosts_file_;
  int port_ = 0;
  std::optional<Process> process_;
};

}  // namespace mcmig::harness

#endif  // TESTS_HARNESS_NAME_SERVER_H_
