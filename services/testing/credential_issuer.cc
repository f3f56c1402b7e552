#include "services/testing/credential_issuer.h"

#include "common/token/algorithm.h"
#include "common/token/jwks.h"
#include "nlohmann/json.hpp"

namespace mcmig::testing {
namespace {

constexpr char kIssuer[] = "https://id.north.example";

}  // namespace

CredentialIssuer::CredentialIssuer()
    : signer_(*devtools::Signer::Generate(token::Algorithm::kEs256, "credentials-1")),
      verifier_(*token::KeySet::Parse(devtools::KeySetOf({*signer_.PublicJwk()}), {token::Algorithm::kEs256}),
                kIssuer) {}

std::string CredentialIssuer::Issue(const std::string& primary_mc_service_id, const std::string& partner_system,
                                    const std::string& id, absl::Time now) const {
  nlohmann::json header = signer_.Header();
  header["typ"] = token::kPrimaryCredentialType;
  const nlohmann::json claims = {{"iss", kIssuer},
                                 {"aud", partner_system},
                                 {"iat", absl::ToUnixSeconds(now)},
                                 {"exp", absl::ToUnixSeconds(now + absl::Minutes(10))},
                                 {"jti", id},
                                 {"mcptt_id", primary_mc_service_id}};
  return *signer_.SignCompact(header.dump(), claims.dump());
}

}  // namespace mcmig::testing
