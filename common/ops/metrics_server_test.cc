#include "common/ops/metrics_server.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <memory>
#include <string>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace mcmig::ops {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

// A connection to 127.0.0.1; -1 where it is refused.
int Connect(const std::string& address) {
  int port = 0;
  EXPECT_TRUE(absl::SimpleAtoi(address.substr(address.rfind(':') + 1), &port)) << address;
  sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_port = htons(static_cast<uint16_t>(port));
  to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const int socket = ::socket(AF_INET, SOCK_STREAM, 0);
  if (connect(socket, reinterpret_cast<const sockaddr*>(&to), sizeof(to)) == 0) return socket;
  close(socket);
  return -1;
}

// The whole answer to a request.
std::string Ask(const std::string& address, const std::string& method, const std::string& path) {
  const int socket = Connect(address);
  const std::string request = absl::StrCat(method, " ", path, " HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n");
  EXPECT_EQ(write(socket, request.data(), request.size()), static_cast<ssize_t>(request.size()));
  std::string answer;
  char buffer[4096];
  for (ssize_t n = 0; (n = read(socket, buffer, sizeof(buffer))) > 0;) answer.append(buffer, static_cast<size_t>(n));
  close(socket);
  return answer;
}

class MetricsServerTest : public ::testing::Test {
 protected:
  void SetUp() override {
    metrics_.AddCounter({"mcmig_cows_total", "Cows."}).Add(3);
    ASSERT_EQ(server_.Start(), absl::OkStatus());
  }

  Metrics metrics_;
  MetricsServer server_{metrics_, "127.0.0.1:0"};
};

TEST_F(MetricsServerTest, TellsThePortItWasGiven) {
  EXPECT_THAT(server_.address(), StartsWith("127.0.0.1:"));
  EXPECT_NE(server_.address(), "127.0.0.1:0");
}

TEST_F(MetricsServerTest, AnswersAScrape) {
  const std::string answer = Ask(server_.address(), "GET", "/metrics");
  EXPECT_THAT(answer, StartsWith("HTTP/1.1 200"));
  EXPECT_THAT(answer, HasSubstr("\nmcmig_cows_total 3\n"));
}

TEST_F(MetricsServerTest, ServesNothingElse) {
  for (const char* path : {"/", "/other", "/metric", "/../etc/passwd"}) {
    EXPECT_THAT(Ask(server_.address(), "GET", path), StartsWith("HTTP/1.1 404")) << path;
  }
  for (const char* method : {"POST", "PUT", "DELETE", "HEAD", "OPTIONS", "PATCH"}) {
    const std::string answer = Ask(server_.address(), method, "/metrics");
    EXPECT_THAT(answer, StartsWith("HTTP/1.1 40")) << method;
    EXPECT_THAT(answer, Not(HasSubstr("mcmig_cows_total"))) << method;
  }
}

TEST_F(MetricsServerTest, AStrangerWhoSaysNothingHoldsUpNobody) {
  const int silent = Connect(server_.address());
  ASSERT_GE(silent, 0);
  EXPECT_THAT(Ask(server_.address(), "GET", "/metrics"), StartsWith("HTTP/1.1 200"));
  close(silent);
}

TEST_F(MetricsServerTest, AnAddressInUseIsUnavailable) {
  MetricsServer second(metrics_, server_.address());
  const absl::Status status = second.Start();
  EXPECT_TRUE(absl::IsUnavailable(status));
  EXPECT_THAT(std::string(status.message()), HasSubstr(server_.address()));
}

TEST_F(MetricsServerTest, StopsAtOnceAndForGood) {
  EXPECT_THAT(Ask(server_.address(), "GET", "/metrics"), StartsWith("HTTP/1.1 200"));
  server_.Stop();
  EXPECT_LT(Connect(server_.address()), 0);
}

TEST(MetricsServer, WithoutAddressServesNothing) {
  const Metrics metrics;
  MetricsServer server(metrics, "");
  EXPECT_EQ(server.Start(), absl::OkStatus());
  EXPECT_EQ(server.address(), "");
}

}  // namespace
}  // namespace mcmig::ops
