#ifndef COMMON_TOKEN_TESTING_HTTPS_SERVER_H_
#define COMMON_TOKEN_TESTING_HTTPS_SERVER_H_

#include <openssl/ssl.h>

#include <atomic>
#include <string>
#include <thread>

#include "absl/base/thread_annotations.h"
#include "common/async/mutex.h"
#include "common/identity/testing/certificates.h"

namespace mcmig::token::testing {

// A small HTTPS server on 127.0.0.1, any port: answers every request with the same bytes, one connection after the
// other, on a thread of its own.
class HttpsServer {
 public:
  explicit HttpsServer(const identity::testing::Issued& certificate);
  ~HttpsServer();
  HttpsServer(const HttpsServer&) = delete;
  HttpsServer& operator=(const HttpsServer&) = delete;

  // "https://127.0.0.1:40123".
  [[nodiscard]] std::string uri() const;
  // From now on: the whole answer, head and body, and the same made of a body.
  void AnswerWith(const std::string& answer);
  void AnswerBody(const std::string& body, const std::string& more_headers = "");
  // Requests so far.
  [[nodiscard]] int requests() const { return requests_; }
  // Waits until there were so many.
  void WaitFor(int requests);

 private:
  void Run();
  void Answer(int connection);

  SSL_CTX* context_;
  int listener_;
  int port_ = 0;
  std::atomic<bool> stop_ = false;
  std::atomic<int> requests_ = 0;
  async::Mutex mutex_;
  async::Condition asked_;
  std::string answer_ ABSL_GUARDED_BY(mutex_);
  std::thread thread_;
};

}  // namespace mcmig::token::testing

#endif  // COMMON_TOKEN_TESTING_HTTPS_SERVER_H_
