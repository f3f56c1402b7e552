#ifndef TESTS_HARNESS_LOOPBACK_H_
#define TESTS_HARNESS_LOOPBACK_H_

#include <netinet/in.h>

#include <string>

namespace mcmig::harness {

// 127.0.0.1 with this port.
sockaddr_in Loopback(int port);

// A port that is kept for a server which is started later and must be told its address: nobody else is given it
// meanwhile, and a server that sets SO_REUSEADDR, as gRPC's do, can bind it.
class ReservedPort {
 public:
  ReservedPort();
  ReservedPort(const ReservedPort&) = delete;
  ReservedPort& operator=(const ReservedPort&) = delete;
  ~ReservedPort();
  // "127.0.0.1:40123".
  [[nodiscard]] const std::string& address() const { return address_; }

 private:
  int socket_;
  std::string address_;
};

// A port that nobody listened on a moment ago, for servers that cannot tell which they were given.
int FreePort();

}  // namespace mcmig::harness

#endif  // TESTS_HARNESS_LOOPBACK_H_
