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

}  // namespace mcmig::harness

#endif  // TESTS_HARNESS_HTTP_H_
