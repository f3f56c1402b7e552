#include "services/testing/grant_authority.h"

#include "common/token/algorithm.h"
#include "common/token/jwks.h"
#include "common/token/signing_key.h"

namespace mcmig::testing {
namespace {

constexpr char kKeyId[] = "grants-1";
constexpr char kIssuer[] = "https://mc.north.example";

}  // namespace

GrantAuthority::GrantAuthority()
    : key_(*devtools::Signer::Generate(token::Algorithm::kEs256, kKeyId)),
      signer_(*token::SigningKey::FromPem(*key_.ToPem(), kKeyId), kIssuer) {}

std::shared_ptr<token::GrantVerifier> GrantAuthority::VerifierFor(const std::string& audience) const {
  return std::make_shared<token::GrantVerifier>(
      *token::KeySet::Parse(devtools::KeySetOf({*key_.PublicJwk()}), {token::Algorithm::kEs256}),
      token::TokenOrigin{.issuer = kIssuer, .audience = audience});
}

}  // namespace mcmig::testing
