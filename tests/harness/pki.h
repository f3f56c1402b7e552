#ifndef TESTS_HARNESS_PKI_H_
#define TESTS_HARNESS_PKI_H_

#include <map>
#include <string>
#include <vector>

#include "common/identity/testing/certificates.h"

namespace mcmig::harness {

// A certificate and its key, as files and as text.
struct Credential {
  std::string chain_file;
  std::string key_file;
  std::string chain_pem;
  std::string key_pem;
};

// The certificate authority of one MC system, with its files in one directory. Every name is a DNS SAN.
class Pki {
 public:
  // Makes a new authority named after `system`; writes `<directory>/<system>-ca.pem`.
  Pki(const std::string& system, std::string directory);

  // A certificate for `name`, made once and then reused.
  const Credential& Issue(const std::string& name);
  // A new certificate and key for `name`, which Issue made before, written over its files: the chain, and then the key.
  const Credential& Renew(const std::string& name);
  // Writes the authority's revocation list, `<directory>/<system>-crl.pem`; these certificates are revoked.
  void Revoke(const std::vector<std::string>& chains_pem) const;
  // As Issue, expired an hour ago; not reused.
  Credential IssueExpired(const std::string& name);

  [[nodiscard]] const std::string& root_file() const { return root_file_; }
  [[nodiscard]] const std::string& root_pem() const { return root_pem_; }

 private:
  Credential Write(const std::string& file_stem, const identity::testing::Issued& issued) const;

  std::string system_;
  identity::testing::CertificateAuthority authority_;
  std::string directory_;
  std::string root_file_;
  std::string root_pem_;
  std::map<std::string, Credential> issued_;
};

}  // namespace mcmig::harness

#endif  // TESTS_HARNESS_PKI_H_
