// What a peer does below gRPC: bytes that are no TLS, frames that are no HTTP/2, more of them than anybody needs. The
// process goes on serving everybody else, and takes no more memory than it may; where gRPC 1.51 keeps what it is sent,
// no more than that (docs/security.md).
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdint>
#include <fstream>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "gtest/gtest.h"
#include "mcmig/v1/partner_mc_service_server.grpc.pb.h"
#include "mcmig/v1/primary_mc_gateway_server.grpc.pb.h"
#include "tests/border/tls_tap.h"
#include "tests/chain/start_deployment.h"
#include "tests/harness/deployment.h"
#include "tests/harness/loopback.h"
#include "tests/harness/stubs.h"

namespace mcmig::border {
namespace {

// Of RFC 9113.
enum Frame : uint8_t { kData = 0, kHeaders = 1, kReset = 3, kSettings = 4, kPing = 6, kContinuation = 9 };
constexpr uint8_t kEndHeaders = 4;
constexpr char kPreface[] = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

std::string FrameOf(Frame type, uint8_t flags, uint32_t stream, const std::string& payload) {
  std::string frame;
  for (const int shift : {16, 8, 0}) frame += static_cast<char>(payload.size() >> shift);
  frame += static_cast<char>(type);
  frame += static_cast<char>(flags);
  for (const int shift : {24, 16, 8, 0}) frame += static_cast<char>(stream >> shift);
  return frame + payload;
}

std::string Opening() { return kPreface + FrameOf(kSettings, 0, 0, ""); }

// POST, https, a path of some service, without Huffman coding.
std::string CallHeaders() {
  const auto literal = [](int name_index, const std::string& value) {
    return std::string(1, static_cast<char>(name_index)) + static_cast<char>(value.size()) + value;
  };
  return std::string("\x83\x87") + literal(4, "/mcmig.v1.PrimaryMcGatewayServer/AuthorizeMigration") + literal(1, "a") +
         std::string("\x40\x0c", 2) + "content-type" + "\x10" + "application/grpc" + std::string("\x40\x02", 2) + "te" +
         "\x08" + "trailers";
}

class Connection {
 public:
  explicit Connection(const std::string& address) : socket_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    int port = 0;
    EXPECT_TRUE(absl::SimpleAtoi(address.substr(address.rfind(':') + 1), &port));
    const sockaddr_in to = harness::Loopback(port);
    EXPECT_EQ(connect(socket_, reinterpret_cast<const sockaddr*>(&to), sizeof(to)), 0);
    const timeval patience{.tv_sec = 5, .tv_usec = 0};
    setsockopt(socket_, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience));
    setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
  }
  Connection(Connection&& from) noexcept : socket_(std::exchange(from.socket_, -1)) {}
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;
  Connection& operator=(Connection&&) = delete;
  ~Connection() {
    if (socket_ >= 0) close(socket_);
  }
  // Until all is sent, or the other end wants no more.
  bool Send(const std::string& bytes) {
    Drain();
    size_t sent = 0;
    while (sent < bytes.size()) {
      const ssize_t more = send(socket_, bytes.data() + sent, bytes.size() - sent, MSG_NOSIGNAL);
      if (more <= 0) return false;
      sent += static_cast<size_t>(more);
    }
    return true;
  }
  // Whether the other end closes within `patience`.
  bool Closed(absl::Duration patience) {
    const absl::Time until = absl::Now() + patience;
    while (absl::Now() < until) {
      pollfd ready{.fd = socket_, .events = POLLIN, .revents = 0};
      if (poll(&ready, 1, 100) <= 0) continue;
      char buffer[4096];
      if (recv(socket_, buffer, sizeof(buffer), 0) <= 0) return true;
    }
    return false;
  }

 private:
  // What a peer that never reads gets is not the point here.
  void Drain() const {
    char buffer[65536];
    while (recv(socket_, buffer, sizeof(buffer), MSG_DONTWAIT) > 0) {
    }
  }
  int socket_;
};

class HostileTransportTest : public ::testing::Test {
 protected:
  [[nodiscard]] const std::string& NorthsBorder() const { return border_; }
  // Behind mutual TLS, as south's gateway.
  Connection AsSouth() { return Connection(tap_->address()); }
  // Everybody else's calls, at the latest once what came before them is worked off.
  void ExpectServed() {
    harness::Answer answer;
    const absl::Time until = absl::Now() + absl::Seconds(30);
    do {
      answer = harness::Ask<v1::PartnerMcServiceServer>(client_, harness::RequestOf(harness::kAlice),
                                                        deployment_->TokenOf(harness::kAlice));
    } while (!answer.success() && absl::Now() < until);
    EXPECT_EQ(answer.Outcome(), "SUCCESS");
  }
  // Of north's gateway.
  [[nodiscard]] int64_t ResidentKib() const {
    std::ifstream file(absl::StrCat("/proc/", deployment_->north_gateway->pid(), "/status"));
    for (std::string line; std::getline(file, line);) {
      int64_t kib = 0;
      const std::vector<std::string> words = absl::StrSplit(line, absl::ByAnyChar(" \t"), absl::SkipEmpty());
      if (words.size() > 1 && words[0] == "VmRSS:" && absl::SimpleAtoi(words[1], &kib)) return kib;
    }
    ADD_FAILURE() << "north's gateway runs no more";
    return 0;
  }
  void ExpectLittleMore(int64_t sent_kib = 0) {
    // AddressSanitizer keeps what was freed.
    constexpr bool kKeepsFreed = __has_feature(address_sanitizer);
    EXPECT_TRUE(kKeepsFreed || ResidentKib() < before_ + kMostKib + 2 * sent_kib)
        << ResidentKib() << " KiB, before " << before_;
  }

  static constexpr int64_t kMostKib = 96 << 10;
  std::unique_ptr<harness::Deployment> deployment_ = chain::StartDeployment("hostile-transport");
  std::string border_ = deployment_->north_gateway->Address("outside");
  std::unique_ptr<TlsTap> tap_ = TlsTap::ToServer(deployment_->south.Issue(harness::kSouthGateway), border_);
  std::shared_ptr<grpc::Channel> client_ =
      harness::Connect(deployment_->partner_server->Address("client"), harness::kPartnerServer, deployment_->south,
                       &deployment_->north.Issue(harness::kClient));
  int64_t before_ = ResidentKib();
};

TEST_F(HostileTransportTest, WhoeverConnectsAndSaysNothingOrNonsenseKeepsNobodyOut) {
  std::vector<Connection> silent;
  for (int i = 0; i < 300; ++i) silent.emplace_back(NorthsBorder());
  for (int i = 0; i < 50; ++i) {
    Connection nonsense(NorthsBorder());
    nonsense.Send(std::string(1000, static_cast<char>(i)));
    EXPECT_TRUE(nonsense.Closed(absl::Seconds(30))) << i;
  }
  ExpectServed();
  ExpectLittleMore();
}

TEST_F(HostileTransportTest, FramesThatAreNoneEndTheirConnectionOnly) {
  const std::vector<std::string> frames = {
      std::string(100, '\xff'),
      Opening() + std::string("\xff\xff\xff", 3) + std::string(100, '\0'),
      Opening() + FrameOf(kHeaders, kEndHeaders, 1, std::string(200, '\xff')),
      Opening() + FrameOf(kSettings, 0, 1, "odd"),
      Opening() + FrameOf(kContinuation, 0, 1, "continues nothing"),
  };
  for (const std::string& bytes : frames) {
    Connection connection = AsSouth();
    connection.Send(bytes);
    EXPECT_TRUE(connection.Closed(absl::Seconds(30))) << &bytes - frames.data();
    ExpectServed();
  }
}

// A stream that a client may not begin, and data of one that was never begun: gRPC lets the connection be.
TEST_F(HostileTransportTest, FramesOfNoCallDoNothing) {
  Connection connection = AsSouth();
  connection.Send(Opening());
  for (int i = 0; i < 1000; ++i) {
    connection.Send(FrameOf(kHeaders, kEndHeaders, 2, CallHeaders()) + FrameOf(kData, 0, 77, "data"));
  }
  ExpectServed();
  ExpectLittleMore();
}

TEST_F(HostileTransportTest, AFloodOfPingsEndsItsConnection) {
  Connection connection = AsSouth();
  std::string pings = Opening();
  for (int i = 0; i < 1000; ++i) pings += FrameOf(kPing, 0, 0, "12345678");
  while (connection.Send(pings)) pings.erase(0, pings.size() == 1000 * 17 ? 0 : Opening().size());
  EXPECT_TRUE(connection.Closed(absl::Seconds(30)));
  ExpectServed();
  ExpectLittleMore();
}

// CVE-2023-44487: calls that are begun and reset at once never count as streams that are open. Each costs gRPC some 8
// KiB until its turn to be refused has come.
TEST_F(HostileTransportTest, CallsBegunAndResetAtOnceCostNobodyElse) {
  Connection connection = AsSouth();
  connection.Send(Opening());
  constexpr uint32_t kCalls = 5'000;
  for (uint32_t stream = 1; stream < 2 * kCalls; stream += 2) {
    if (!connection.Send(FrameOf(kHeaders, kEndHeaders, stream, CallHeaders()) +
                         FrameOf(kReset, 0, stream, std::string("\0\0\0\x08", 4)))) {
      break;
    }
  }
  ExpectServed();
  ExpectLittleMore(/*sent_kib=*/kCalls * 8);
}

// Headers that never end: gRPC's limit is one for each frame of them.
TEST_F(HostileTransportTest, HeadersWithoutEndTakeWhatTheyAre) {
  Connection connection = AsSouth();
  connection.Send(Opening() + FrameOf(kHeaders, 0, 1, CallHeaders()));
  const std::string one = std::string("\x40\x01x\x7f\xe1\x05", 6) + std::string(864, 'v');
  std::string some;
  while (some.size() < 15'000) some += one;
  int sent = 0;
  while (sent < 5'000 && connection.Send(FrameOf(kContinuation, 0, 1, some))) ++sent;
  ExpectServed();
  ExpectLittleMore(sent * static_cast<int64_t>(some.size()) / 1024);
}

TEST_F(HostileTransportTest, ALargeMessageIsRefusedUnread) {
  Connection connection = AsSouth();
  connection.Send(Opening() + FrameOf(kHeaders, kEndHeaders, 1, CallHeaders()));
  // Announces 2 GiB.
  connection.Send(FrameOf(kData, 0, 1, std::string("\0\x7f\xff\xff\xff", 5) + std::string(16'000, 'x')));
  ExpectServed();
  ExpectLittleMore();
}

}  // namespace
}  // namespace mcmig::border
