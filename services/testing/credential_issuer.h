#ifndef SERVICES_TESTING_CREDENTIAL_ISSUER_H_
#define SERVICES_TESTING_CREDENTIAL_ISSUER_H_

#include <string>

#include "absl/time/time.h"
#include "common/token/primary_credential_verifier.h"
#include "tests/devtools/signer.h"

namespace mcmig::testing {

// An identity management server of a primary MC system that issues primary credentials, and what verifies them.
// Thread-safe.
class CredentialIssuer {
 public:
  CredentialIssuer();

  [[nodiscard]] const token::PrimaryCredentialVerifier& verifier() const { return verifier_; }
  // For MCPTT and MCVideo, good for ten minutes from `now` on; `id` is its jti.
  [[nodiscard]] std::string Issue(const std::string& primary_mc_service_id, const std::string& partner_system,
                                  const std::string& id, absl::Time now) const;

 private:
  const devtools::Signer signer_;
  const token::PrimaryCredentialVerifier verifier_;
};

}  // namespace mcmig::testing

#endif  // SERVICES_TESTING_CREDENTIAL_ISSUER_H_
