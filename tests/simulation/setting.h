#ifndef TESTS_SIMULATION_SETTING_H_
#define TESTS_SIMULATION_SETTING_H_

#include <map>
#include <memory>
#include <string>
#include <utility>

#include "common/identity/system_table.h"
#include "common/register/migration.h"
#include "common/token/access_token_verifier.h"
#include "services/partner_server/primary_signatures.h"
#include "services/testing/credential_issuer.h"
#include "services/testing/grant_authority.h"
#include "tests/devtools/signer.h"

namespace mcmig::simulation {

// What all worlds have in common and is costly to make: the system tables of north, south and east, and the access
// tokens of their users. One thread; made once.
class Setting {
 public:
  Setting();

  // As `own` sees the three systems.
  [[nodiscard]] std::shared_ptr<const identity::SystemTable> systems(const std::string& own) const {
    return systems_.at(own);
  }
  [[nodiscard]] const token::AccessTokenVerifier& tokens() const { return *tokens_; }
  // For both services; in time throughout the simulation. Signed once.
  const std::string& Token(const std::string& partner_mc_service_id, const std::string& primary_mc_service_id);

  // Of north's identity management server.
  [[nodiscard]] const testing::CredentialIssuer& credentials() const { return credentials_; }
  // Of north's MC service server, and as `partner` verifies it.
  [[nodiscard]] const token::GrantSigner& grants() const { return grants_.signer(); }
  [[nodiscard]] partner_server::GrantVerifiers GrantVerifiersOf(const std::string& partner) const {
    return {{"north", verifiers_.at(partner)}};
  }

 private:
  std::map<std::string, std::shared_ptr<const identity::SystemTable>> systems_;
  const devtools::Signer signer_;
  const testing::CredentialIssuer credentials_;
  const testing::GrantAuthority grants_;
  std::map<std::string, std::shared_ptr<token::GrantVerifier>> verifiers_;
  std::unique_ptr<token::AccessTokenVerifier> tokens_;
  std::map<std::pair<std::string, std::string>, std::string> signed_;
};

}  // namespace mcmig::simulation

#endif  // TESTS_SIMULATION_SETTING_H_
