#ifndef TESTS_HARNESS_LOOPBACK_H_
#define TESTS_HARNESS_LOOPBACK_H_

#include <netinet/in.h>

namespace mcmig::harness {

// 127.0.0.1 with this port.
sockaddr_in Loopback(int port);

// A port that nobody listened on a moment ago, for servers that cannot tell which they were given.
int FreePort();

}  // namespace mcmig::harness

#endif  // TESTS_HARNESS_LOOPBACK_H_
