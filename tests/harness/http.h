#ifndef TESTS_HARNESS_HTTP_H_
#define TESTS_HARNESS_HTTP_H_

#include <map>
#include <string>

namespace mcmig::harness {

struct HttpAnswer {
  int status = 0;  // 0: nobody answered
  std::string body;
};

// GET over plain HTTP at "127.0.0.1:port". `target` is what follows the address, percent-encoded where needed.
HttpAnswer HttpGet(const std::string& address, const std::string& target);
// POST of a form. `authorization` is the header's value; no header where it is empty.
HttpAnswer HttpPost(const std::string& address, const std::string& target,
                    const std::map<std::string, std::string>& form, const std::string& authorization);
std::string PercentEncoded(const std::string& text);

}  // namespace mcmig::harness

#endif  // TESTS_HARNESS_HTTP_H_
