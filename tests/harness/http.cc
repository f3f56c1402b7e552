#include "tests/harness/http.h"

#include <sys/socket.h>
#include <unistd.h>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "glog/logging.h"
#include "tests/harness/loopback.h"

namespace mcmig::harness {
namespace {

constexpr timeval kTimeout = {.tv_sec = 10, .tv_usec = 0};

// All that comes back for `request`; empty where nothing does.
std::string Exchange(int socket, const sockaddr_in& to, const std::string& request) {
  setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &kTimeout, sizeof(kTimeout));
  if (connect(socket, reinterpret_cast<const sockaddr*>(&to), sizeof(to)) != 0) return "";
  if (send(socket, request.data(), request.size(), MSG_NOSIGNAL) != static_cast<ssize_t>(request.size())) return "";
  std::string answer;
  char buffer[16384];
  for (ssize_t n = 0; (n = recv(socket, buffer, sizeof(buffer), 0)) > 0;) answer.append(buffer, static_cast<size_t>(n));
  return answer;
}

}  // namespace

HttpAnswer HttpGet(const std::string& address, const std::string& target) {
  int port = 0;
  CHECK(absl::StartsWith(address, "127.0.0.1:") && absl::SimpleAtoi(address.substr(address.rfind(':') + 1), &port))
      << address;
  const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  // HTTP/1.0: the answer comes in one piece, and its end is that of the connection.
  const std::string answer = Exchange(socket, Loopback(port), absl::StrCat("GET ", target, " HTTP/1.0\r\n\r\n"));
  close(socket);
  HttpAnswer parsed;
  const size_t body = answer.find("\r\n\r\n");
  if (body == std::string::npos || !absl::SimpleAtoi(answer.substr(answer.find(' ') + 1, 3), &parsed.status)) return {};
  parsed.body = answer.substr(body + 4);
  return parsed;
}

std::string PercentEncoded(const std::string& text) {
  std::string encoded;
  for (const char c : text) {
    if (absl::ascii_isalnum(static_cast<unsigned char>(c))) {
      encoded += c;
    } else {
      absl::StrAppendFormat(&encoded, "%%%02X", static_cast<unsigned char>(c));
    }
  }
  return encoded;
}

}  // namespace mcmig::harness
