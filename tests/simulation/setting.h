#ifndef TESTS_SIMULATION_SETTING_H_
#define TESTS_SIMULATION_SETTING_H_

#include <map>
#include <memory>
#include <string>
#include <utility>

#include "common/identity/system_table.h"
#include "common/register/migration.h"
#include "common/token/access_token_verifier.h"
#include "services/testing/credential_issuer.h"
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

 private:
  std::map<std::string, std::shared_ptr<const identity::SystemTable>> systems_;
  const devtools::Signer signer_;
  const testing::CredentialIssuer credentials_;
  std::unique_ptr<token::AccessTokenVerifier> tokens_;
  std::map<std::pair<std::string, std::string>, std::string> signed_;
};

}  // namespace mcmig::simulation

#endif  // TESTS_SIMULATION_SETTING_H_
