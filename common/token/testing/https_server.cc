#include "common/token/testing/https_server.h"

#include <arpa/inet.h>
#include <glog/logging.h>
#include <netinet/in.h>
#include <openssl/pem.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <memory>

#include "absl/strings/str_cat.h"
#include "common/identity/openssl_ptr.h"

namespace mcmig::token::testing {

using identity::BioPtr;
using identity::KeyPtr;
using identity::OpensslErrorScope;
using identity::OpensslFree;
using identity::X509Ptr;
using SslPtr = std::unique_ptr<SSL, OpensslFree<&SSL_free>>;

HttpsServer::HttpsServer(const identity::testing::Issued& certificate)
    : context_(SSL_CTX_new(TLS_server_method())), listener_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  // A client may go before it has everything.
  signal(SIGPIPE, SIG_IGN);
  const BioPtr chain(BIO_new_mem_buf(certificate.chain_pem.data(), static_cast<int>(certificate.chain_pem.size())));
  const BioPtr key(BIO_new_mem_buf(certificate.key_pem.data(), static_cast<int>(certificate.key_pem.size())));
  const X509Ptr leaf(PEM_read_bio_X509(chain.get(), nullptr, nullptr, nullptr));
  const KeyPtr private_key(PEM_read_bio_PrivateKey(key.get(), nullptr, nullptr, nullptr));
  CHECK(SSL_CTX_use_certificate(context_, leaf.get()) == 1);
  CHECK(SSL_CTX_use_PrivateKey(context_, private_key.get()) == 1);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  PCHECK(bind(listener_, reinterpret_cast<sockaddr*>(&address), size) == 0);
  PCHECK(listen(listener_, SOMAXCONN) == 0);
  PCHECK(getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size) == 0);
  port_ = ntohs(address.sin_port);
  thread_ = std::thread([this] { Run(); });
}

HttpsServer::~HttpsServer() {
  stop_ = true;
  shutdown(listener_, SHUT_RDWR);
  thread_.join();
  close(listener_);
  SSL_CTX_free(context_);
}

std::string HttpsServer::uri() const { return absl::StrCat("https://127.0.0.1:", port_); }

void HttpsServer::AnswerWith(const std::string& answer) {
  const async::MutexLock lock(mutex_);
  answer_ = answer;
}

void HttpsServer::AnswerBody(const std::string& body, const std::string& more_headers) {
  AnswerWith(absl::StrCat("HTTP/1.1 200 OK\r\nContent-Type: application/jwk-set+json\r\nContent-Length: ", body.size(),
                          "\r\n", more_headers, "\r\n", body));
}

void HttpsServer::WaitFor(int requests) {
  const async::MutexLock lock(mutex_);
  while (requests_ < requests) asked_.Wait(mutex_);
}

void HttpsServer::Run() {
  while (!stop_) {
    const int connection = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    if (connection < 0) continue;
    Answer(connection);
    close(connection);
  }
}

void HttpsServer::Answer(int connection) {
  const OpensslErrorScope errors;
  const SslPtr ssl(SSL_new(context_));
  SSL_set_fd(ssl.get(), connection);
  if (SSL_accept(ssl.get()) != 1) return;
  std::string request;
  while (request.find("\r\n\r\n") == std::string::npos) {
    std::array<char, 1024> bytes{};
    const int size = SSL_read(ssl.get(), bytes.data(), bytes.size());
    if (size <= 0) return;
    request.append(bytes.data(), static_cast<size_t>(size));
  }
  std::string answer;
  {
    const async::MutexLock lock(mutex_);
    answer = answer_;
    ++requests_;
    asked_.NotifyAll();
  }
  SSL_write(ssl.get(), answer.data(), static_cast<int>(answer.size()));
  SSL_shutdown(ssl.get());
}

}  // namespace mcmig::token::testing
