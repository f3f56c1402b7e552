#include "tests/harness/http.h"

#include <sys/socket.h>
#include <unistd.h>

#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
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

// The answer to `request`, whose head goes on with `more`. HTTP/1.0: the answer comes in one piece, and its end is that
// of the connection.
HttpAnswer Ask(const std::string& address, const std::string& request, const std::string& more) {
  int port = 0;
  CHECK(absl::StartsWith(address, "127.0.0.1:") && absl::SimpleAtoi(address.substr(address.rfind(':') + 1), &port))
      << address;
  const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const std::string answer =
      Exchange(socket, Loopback(port), absl::StrCat(request, " HTTP/1.0\r\nHost: ", address, "\r\n", more));
  close(socket);
  HttpAnswer parsed;
  const size_t body = answer.find("\r\n\r\n");
  if (body == std::string::npos || !absl::SimpleAtoi(answer.substr(answer.find(' ') + 1, 3), &parsed.status)) return {};
  parsed.body = answer.substr(body + 4);
  return parsed;
}

}  // namespace

HttpAnswer HttpGet(const std::string& address, const std::string& target) {
  return Ask(address, "GET " + target, "\r\n");
}

HttpAnswer HttpPost(const std::string& address, const std::string& target,
                    const std::map<std::string, std::string>& form, const std::string& authorization) {
  std::vector<std::string> fields;
  fields.reserve(form.size());
  for (const auto& [name, value] : form) {
    fields.push_back(absl::StrCat(PercentEncoded(name), "=", PercentEncoded(value)));
  }
  const std::string body = absl::StrJoin(fields, "&");
  std::string more =
      absl::StrCat("Content-Type: application/x-www-form-urlencoded\r\nContent-Length: ", body.size(), "\r\n");
  if (!authorization.empty()) absl::StrAppend(&more, "Authorization: ", authorization, "\r\n");
  return Ask(address, "POST " + target, absl::StrCat(more, "\r\n", body));
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
