#ifndef TESTS_BORDER_TLS_TAP_H_
#define TESTS_BORDER_TLS_TAP_H_

#include <openssl/ssl.h>

#include <atomic>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "tests/harness/pki.h"

namespace mcmig::border {

// One end of mutual TLS with the product, as the holder of a certificate; the other end of it is plain text within the
// test. So every byte that the product sends behind TLS is the test's: HTTP/2 frames, gRPC's own headers, whatever a
// library adds.
//
// Connections are carried as they come, each on a thread, until the tap ends. Thread-safe.
class TlsTap {
 public:
  // The product is the server at `address`: listens for plain text on address().
  static std::unique_ptr<TlsTap> ToServer(const harness::Credential& credential, const std::string& address);
  // The product is the client: listens for its TLS on `listen`, and carries to the plain text server at `address`.
  static std::unique_ptr<TlsTap> FromClient(const harness::Credential& credential, const std::string& listen,
                                            const std::string& address);
  TlsTap(const TlsTap&) = delete;
  TlsTap& operator=(const TlsTap&) = delete;
  ~TlsTap();

  // "127.0.0.1:40123".
  [[nodiscard]] const std::string& address() const { return address_; }
  // All that the product sent so far, the connections in no order within each other.
  [[nodiscard]] std::string Received() const;
  // The certificate authorities that the product's servers named in their handshakes, one a line.
  [[nodiscard]] std::string Authorities() const;

 private:
  TlsTap(bool product_listens, const harness::Credential& credential, const std::string& listen, std::string forward);
  void Accept();
  void Carry(int accepted);
  void Pump(SSL* tls, int plain);

  const bool product_listens_;
  const std::string forward_;
  SSL_CTX* context_;
  int listener_;
  std::string address_;
  std::atomic<bool> stop_ = false;

  mutable std::mutex mutex_;
  std::string received_;
  std::string authorities_;
  std::vector<std::thread> carriers_;
  std::thread acceptor_;
};

}  // namespace mcmig::border

#endif  // TESTS_BORDER_TLS_TAP_H_
