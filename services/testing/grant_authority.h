#ifndef SERVICES_TESTING_GRANT_AUTHORITY_H_
#define SERVICES_TESTING_GRANT_AUTHORITY_H_

#include <memory>
#include <string>

#include "common/token/grant_signer.h"
#include "common/token/grant_verifier.h"
#include "tests/devtools/signer.h"

namespace mcmig::testing {

// The key of north's MC service servers, which sign grants and cancels with it, and what verifies them. Thread-safe.
class GrantAuthority {
 public:
  GrantAuthority();

  [[nodiscard]] const token::GrantSigner& signer() const { return signer_; }
  // As the partner MC system `audience` has it.
  [[nodiscard]] std::shared_ptr<token::GrantVerifier> VerifierFor(const std::string& audience) const;
  // Signs whatever a test wants, right or wrong.
  [[nodiscard]] const devtools::Signer& key() const { return key_; }

 private:
  const devtools::Signer key_;
  const token::GrantSigner signer_;
};

}  // namespace mcmig::testing

#endif  // SERVICES_TESTING_GRANT_AUTHORITY_H_
