#include "tests/border/tls_tap.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/x509.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "glog/logging.h"
#include "tests/harness/loopback.h"

namespace mcmig::border {
namespace {

constexpr int kPollMilliseconds = 50;

int PortOf(absl::string_view address) {
  int port = 0;
  CHECK(absl::SimpleAtoi(address.substr(address.rfind(':') + 1), &port)) << address;
  return port;
}

int NewSocket() {
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  PCHECK(fd >= 0);
  return fd;
}

int Listen(int port) {
  const int fd = NewSocket();
  const int on = 1;
  PCHECK(setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) == 0);
  const sockaddr_in address = harness::Loopback(port);
  PCHECK(bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0);
  PCHECK(listen(fd, SOMAXCONN) == 0);
  return fd;
}

int PortOf(int listener) {
  sockaddr_in address{};
  socklen_t size = sizeof(address);
  PCHECK(getsockname(listener, reinterpret_cast<sockaddr*>(&address), &size) == 0);
  return ntohs(address.sin_port);
}

// -1 where nobody listens there.
int ConnectTo(const std::string& address) {
  const int fd = NewSocket();
  const sockaddr_in to = harness::Loopback(PortOf(address));
  if (connect(fd, reinterpret_cast<const sockaddr*>(&to), sizeof(to)) == 0) return fd;
  close(fd);
  return -1;
}

void NoDelay(int fd) {
  const int on = 1;
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
}

constexpr unsigned char kHttp2[] = {2, 'h', '2'};

int ChooseHttp2(SSL* /*tls*/, const unsigned char** chosen, unsigned char* size, const unsigned char* /*offered*/,
                unsigned int /*offered_size*/, void* /*context*/) {
  *chosen = kHttp2 + 1;
  *size = 2;
  return SSL_TLSEXT_ERR_OK;
}

SSL_CTX* NewContext(const harness::Credential& credential) {
  // OpenSSL writes to connections that the other end has closed.
  std::signal(SIGPIPE, SIG_IGN);
  SSL_CTX* context = SSL_CTX_new(TLS_method());
  CHECK(context != nullptr && SSL_CTX_use_certificate_chain_file(context, credential.chain_file.c_str()) == 1 &&
        SSL_CTX_use_PrivateKey_file(context, credential.key_file.c_str(), SSL_FILETYPE_PEM) == 1)
      << credential.chain_file;
  // Whatever certificate the product shows: here the product is looked at, and not the test's own rules.
  SSL_CTX_set_verify(context, SSL_VERIFY_PEER, [](int /*verified*/, X509_STORE_CTX* /*store*/) { return 1; });
  SSL_CTX_set_alpn_select_cb(context, &ChooseHttp2, nullptr);
  CHECK_EQ(SSL_CTX_set_alpn_protos(context, kHttp2, sizeof(kHttp2)), 0);
  constexpr unsigned char kName[] = "tap";
  SSL_CTX_set_session_id_context(context, kName, sizeof(kName) - 1);
  return context;
}

std::string AuthoritiesOf(const SSL* tls) {
  std::string names;
  const STACK_OF(X509_NAME)* list = SSL_get0_peer_CA_list(tls);
  for (int i = 0; i < sk_X509_NAME_num(list); ++i) {
    std::array<char, 256> name{};
    X509_NAME_oneline(sk_X509_NAME_value(list, i), name.data(), name.size());
    absl::StrAppend(&names, name.data(), "\n");
  }
  return names;
}

}  // namespace

std::unique_ptr<TlsTap> TlsTap::ToServer(const harness::Credential& credential, const std::string& address) {
  return std::unique_ptr<TlsTap>(new TlsTap(/*product_listens=*/true, credential, "127.0.0.1:0", address));
}

std::unique_ptr<TlsTap> TlsTap::FromClient(const harness::Credential& credential, const std::string& listen,
                                           const std::string& address) {
  return std::unique_ptr<TlsTap>(new TlsTap(/*product_listens=*/false, credential, listen, address));
}

TlsTap::TlsTap(bool product_listens, const harness::Credential& credential, const std::string& listen,
               std::string forward)
    : product_listens_(product_listens),
      forward_(std::move(forward)),
      context_(NewContext(credential)),
      listener_(Listen(PortOf(absl::string_view(listen)))),
      address_(absl::StrCat("127.0.0.1:", PortOf(listener_))),
      acceptor_([this] { Accept(); }) {}

TlsTap::~TlsTap() {
  stop_ = true;
  acceptor_.join();
  for (std::thread& carrier : carriers_) carrier.join();
  close(listener_);
  SSL_CTX_free(context_);
}

std::string TlsTap::Received() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return received_;
}

std::string TlsTap::Authorities() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return authorities_;
}

void TlsTap::Accept() {
  while (!stop_) {
    pollfd ready{.fd = listener_, .events = POLLIN, .revents = 0};
    if (poll(&ready, 1, kPollMilliseconds) <= 0) continue;
    const int accepted = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    if (accepted >= 0) carriers_.emplace_back([this, accepted] { Carry(accepted); });
  }
}

void TlsTap::Carry(int accepted) {
  const int connected = ConnectTo(forward_);
  SSL* tls = SSL_new(context_);
  if (connected >= 0) {
    NoDelay(accepted);
    NoDelay(connected);
    SSL_set_fd(tls, product_listens_ ? connected : accepted);
    if ((product_listens_ ? SSL_connect(tls) : SSL_accept(tls)) == 1) {
      if (product_listens_) {
        const std::lock_guard<std::mutex> lock(mutex_);
        authorities_ += AuthoritiesOf(tls);
      }
      Pump(tls, product_listens_ ? accepted : connected);
    }
    close(connected);
  }
  SSL_free(tls);
  close(accepted);
}

// Blocking writes: either end reads on its own, whatever it writes.
void TlsTap::Pump(SSL* tls, int plain) {
  std::array<char, 16'384> buffer{};
  while (!stop_) {
    std::array<pollfd, 2> ready = {
        {{.fd = SSL_get_fd(tls), .events = POLLIN, .revents = 0}, {.fd = plain, .events = POLLIN, .revents = 0}}};
    if (SSL_pending(tls) == 0 && poll(ready.data(), ready.size(), kPollMilliseconds) < 0) return;
    if (SSL_pending(tls) > 0 || ready[0].revents != 0) {
      const int size = SSL_read(tls, buffer.data(), static_cast<int>(buffer.size()));
      if (size <= 0) return;
      {
        const std::lock_guard<std::mutex> lock(mutex_);
        received_.append(buffer.data(), static_cast<size_t>(size));
      }
      if (send(plain, buffer.data(), static_cast<size_t>(size), MSG_NOSIGNAL) != size) return;
    }
    if (ready[1].revents != 0) {
      const ssize_t size = recv(plain, buffer.data(), buffer.size(), 0);
      if (size <= 0 || SSL_write(tls, buffer.data(), static_cast<int>(size)) != size) return;
    }
  }
}

}  // namespace mcmig::border
