#ifndef TESTS_HARNESS_SILENT_SERVER_H_
#define TESTS_HARNESS_SILENT_SERVER_H_

#include <string>

namespace mcmig::harness {

// What a stalled server looks like: takes connections, and never says a word. On 127.0.0.1.
class SilentServer {
 public:
  SilentServer();
  SilentServer(const SilentServer&) = delete;
  SilentServer& operator=(const SilentServer&) = delete;
  ~SilentServer();
  [[nodiscard]] const std::string& address() const { return address_; }

 private:
  const int socket_;
  std::string address_;
};

}  // namespace mcmig::harness

#endif  // TESTS_HARNESS_SILENT_SERVER_H_
