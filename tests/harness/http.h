#ifndef TESTS_HARNESS_HTTP_H_
#define TESTS_HARNESS_HTTP_H_

#include <string>

namespace mcmig::harness {

struct HttpAnswer {
  int status = 0;  // 0: nobody answered
  std::string body;
};

// GET over plain HTTP at "127.0.0.1:port". `target` is what follows the address, percent-encoded where needed.
HttpAnswer HttpGet(const std::string& address, const std::string& target);
std::string PercentEncoded(const std::string& text);

// A port of 127.0.0.1 that nobody listened on a moment ago, for servers that cannot tell which they were given.
int FreePort();

}  // namespace mcmig::harness

#endif  // TESTS_HARNESS_HTTP_H_
