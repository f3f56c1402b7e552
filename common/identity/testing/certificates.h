#ifndef COMMON_IDENTITY_TESTING_CERTIFICATES_H_
#define COMMON_IDENTITY_TESTING_CERTIFICATES_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/time/clock.h"
#include "absl/time/time.h"

namespace mcmig::identity::testing {

// A certificate and its private key (P-256), as PEM text.
struct Issued {
  std::string certificate_pem;
  std::string key_pem;
};

// What to issue.
struct LeafRequest {
  std::vector<std::string> dns = {};
  std::vector<std::string> uris = {};
  std::vector<std::string> ips = {};
  absl::Time not_before = absl::Now() - absl::Hours(2);
  absl::Time not_after = absl::Now() + absl::Hours(24);
};

// A certificate authority made on the spot, for tests and demos. Aborts the program where OpenSSL fails.
// Thread-compatible.
class CertificateAuthority {
 public:
  // A self-signed root. Two authorities with the same name have different keys.
  static CertificateAuthority Make(const std::string& name);
  CertificateAuthority(CertificateAuthority&&) noexcept;
  CertificateAuthority& operator=(CertificateAuthority&&) noexcept;
  ~CertificateAuthority();

  [[nodiscard]] const std::string& certificate_pem() const;
  // A leaf for both ends of TLS.
  [[nodiscard]] Issued Issue(const LeafRequest& request) const;
  // An intermediate authority below this one; what it issues chains to this root through its certificate_pem().
  [[nodiscard]] CertificateAuthority MakeIntermediate(const std::string& name) const;

 private:
  struct State;
  explicit CertificateAuthority(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace mcmig::identity::testing

#endif  // COMMON_IDENTITY_TESTING_CERTIFICATES_H_
