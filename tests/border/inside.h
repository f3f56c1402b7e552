#ifndef TESTS_BORDER_INSIDE_H_
#define TESTS_BORDER_INSIDE_H_

#include <string>
#include <vector>

#include "tests/harness/deployment.h"

namespace mcmig::border {

// Something of the inside of an MC system that nobody outside is to see.
struct Secret {
  // For messages: "trace of primary-server-a".
  std::string what;
  std::string bytes;
};

// All that the processes of a deployment know of themselves: names of servers, of certificates and of files; addresses
// and ports of every listener but `outside`; every trace ID, rule and cause of their logs, as text and as bytes.
std::vector<Secret> SecretsOf(const harness::Deployment& deployment);

// Which of the secrets are in `bytes`, a line each; empty where none is.
std::string Leaks(const std::vector<Secret>& secrets, const std::string& bytes);

}  // namespace mcmig::border

#endif  // TESTS_BORDER_INSIDE_H_
