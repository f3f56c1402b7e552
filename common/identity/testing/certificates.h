#ifndef COMMON_IDENTITY_TESTING_CERTIFICATES_H_
#define COMMON_IDENTITY_TESTING_CERTIFICATES_H_

#include <string>
#include <utility>
#include <vector>

#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "common/identity/openssl_ptr.h"

// Real certificates for tests and demos: EC P-256 keys, SHA-256 signatures. Whatever cannot be made ends the program.
namespace mcmig::identity::testing {

// What a certificate says.
struct Subject {
  // Subject alternative names.
  // NOLINTBEGIN(readability-redundant-member-init): without it -Wextra wants every one of them named
  std::vector<std::string> dns = {};
  std::vector<std::string> uris = {};
  std::vector<std::string> ips = {};
  // NOLINTEND(readability-redundant-member-init)
  absl::Time not_before = absl::Now() - absl::Hours(1);
  absl::Time not_after = absl::Now() + absl::Hours(24);
  // OpenSSL's names, comma-separated; empty: no such extension.
  std::string extended_key_usage = "serverAuth,clientAuth";
};

// A certificate that was issued.
struct Issued {
  // The certificate, then the intermediate authorities, without the root: what a TLS endpoint shows. PEM.
  std::string chain_pem;
  // Its private key. PEM (PKCS #8), not encrypted.
  std::string key_pem;
};

// A certificate authority; a root, or an intermediate below one. Movable. Not thread-safe.
class CertificateAuthority {
 public:
  // A new self-signed root with a new key, valid for ten years around now.
  static CertificateAuthority Make(const std::string& name);

  // The authority's own certificate, PEM: for a root, what verifiers are given.
  [[nodiscard]] std::string cert() const;

  // A certificate with a new key, e.g. `Issue({.dns = {"gateway.north.example"}, .ips = {"127.0.0.1"}})`.
  [[nodiscard]] Issued Issue(const Subject& subject) const;

  // Its certificate revocation list, PEM, issued an hour before `next_update` or now, whichever is sooner: the first
  // certificates of these PEM texts are revoked.
  [[nodiscard]] std::string RevocationList(const std::vector<std::string>& revoked,
                                           absl::Time next_update = absl::Now() + absl::Hours(24)) const;

  // An intermediate authority. With `ca` false its certificate is that of no authority, so that whatever it
  // issues must be refused.
  [[nodiscard]] CertificateAuthority MakeIntermediate(const std::string& name, bool ca = true) const;

 private:
  CertificateAuthority(std::string name, KeyPtr key) : name_(std::move(name)), key_(std::move(key)) {}

  std::string name_;
  KeyPtr key_;
  X509Ptr certificate_;
  // The certificates between an issued one and the root; empty for a root. PEM.
  std::string intermediates_pem_;
};

// A certificate that its own key signed; no authority stands behind it.
Issued SelfSigned(const Subject& subject);

}  // namespace mcmig::identity::testing

#endif  // COMMON_IDENTITY_TESTING_CERTIFICATES_H_
