#include "common/token/access_token_verifier.h"

#include <string>
#include <utility>

#include "absl/status/status.h"
#include "common/token/configured_keys.h"
#include "common/token/jws.h"

namespace mcmig::token {
namespace {

// "" is a token without `typ`: TS 33.180 names none.
constexpr absl::string_view kAccessTokenTypes[] = {"", "JWT", "at+jwt"};

constexpr ops::Family kLookups = {
    "mcmig_token_cache_lookups_total",
    "Access tokens that came in, by whether the signature was remembered (hit) or had to be verified (miss)."};

}  // namespace

absl::StatusOr<std::unique_ptr<AccessTokenVerifier>> AccessTokenVerifier::Create(const config::v1::AccessTokens& config,
                                                                                 absl::string_view directory,
                                                                                 ops::Metrics* metrics) {
  absl::StatusOr<KeySet> keys = LoadConfiguredKeys(
      {.jwks_file = config.jwks_file(), .algorithms = config.algorithms(), .leeway = config.leeway()}, directory);
  if (!keys.ok()) return keys.status();
  return std::make_unique<AccessTokenVerifier>(
      *std::move(keys), TokenOrigin{.issuer = config.issuer(), .audience = config.audience()}, metrics);
}

AccessTokenVerifier::AccessTokenVerifier(KeySet keys, TokenOrigin origin, ops::Metrics* metrics)
    : keys_(std::move(keys)), origin_(std::move(origin)), verified_(kRemembered) {
  if (metrics == nullptr) return;
  hits_ = metrics->AddCounter(kLookups, {{"result", "hit"}});
  misses_ = metrics->AddCounter(kLookups, {{"result", "miss"}});
}

absl::StatusOr<AccessToken> AccessTokenVerifier::Verify(absl::string_view bearer) const {
  // Before the hash, which an oversize token would make dear.
  if (bearer.size() > kMaxTokenBytes) return absl::UnauthenticatedError("token: too large");
  const TokenDigest digest = DigestOf(bearer);
  if (const std::shared_ptr<const AccessToken> known = verified_.Find(digest); known != nullptr) {
    hits_.Add();
    return *known;
  }
  misses_.Add();
  const absl::StatusOr<std::string> payload = VerifyCompact(bearer, keys_, kAccessTokenTypes);
  if (!payload.ok()) return payload.status();
  absl::StatusOr<AccessToken> token = ReadClaims(*payload, origin_);
  if (!token.ok()) return token.status();
  verified_.Insert(digest, std::make_shared<const AccessToken>(*token));
  return token;
}

}  // namespace mcmig::token
