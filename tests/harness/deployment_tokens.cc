#include <cstdint>
#include <string>

#include "absl/random/random.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "common/token/primary_credential_verifier.h"
#include "nlohmann/json.hpp"
#include "tests/harness/deployment.h"

// What the identity management servers of both systems would issue.
namespace mcmig::harness {
namespace {

std::string RandomId() {
  absl::BitGen random;
  return absl::StrCat(absl::Hex(absl::Uniform<uint64_t>(random), absl::kZeroPad16),
                      absl::Hex(absl::Uniform<uint64_t>(random), absl::kZeroPad16));
}

}  // namespace

std::string Deployment::Token(const TokenClaims& claims) const {
  const int64_t expires = absl::ToUnixSeconds(absl::Now() + claims.expires_in);
  return *token_key.SignToken({{"mcptt_id", claims.partner_id},
                               {"mcmig_primary_id", claims.primary_id},
                               {"client_id", "mcptt-client"},
                               {"scope", claims.scope},
                               {"exp", expires}});
}

std::string Deployment::HomeTokenOf(const User& user) const {
  return *home_token_key.SignToken({{"mcptt_id", user.PrimaryId()},
                                    {"client_id", "mcptt-client"},
                                    {"scope", "3gpp:mc:ptt_service"},
                                    {"exp", absl::ToUnixSeconds(absl::Now() + absl::Minutes(10))}});
}

std::string Deployment::PrimaryCredential(const CredentialClaims& claims) const {
  const absl::Time now = absl::Now();
  nlohmann::json payload = {{"iss", claims.issuer},
                            {"aud", {claims.audience}},
                            {"iat", absl::ToUnixSeconds(now)},
                            {"exp", absl::ToUnixSeconds(now + claims.expires_in)},
                            {"jti", claims.id.empty() ? RandomId() : claims.id},
                            {"mcptt_id", claims.primary_id}};
  if (claims.profile_index) payload["mcmig_profile_index"] = *claims.profile_index;
  nlohmann::json header = home_token_key.Header();
  header["typ"] = token::kPrimaryCredentialType;
  return *home_token_key.SignCompact(header.dump(), payload.dump());
}

std::string Deployment::TokenOf(const User& user) const {
  return Token({.partner_id = user.PartnerId(), .primary_id = user.PrimaryId()});
}

}  // namespace mcmig::harness
