#include "common/token/access_token_verifier.h"

#include <string>
#include <utility>

#include "absl/status/status.h"
#include "common/token/configured_keys.h"
#include "common/token/file_keys.h"
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
  absl::StatusOr<std::unique_ptr<KeySource>> keys = OpenConfiguredKeys({.jwks_file = config.jwks_file(),
                                                                        .jwks_uri = config.jwks_uri(),
                                                                        .jwks_ca_file = config.jwks_ca_file(),
                                                                        .algorithms = config.algorithms(),
                                                                        .leeway = config.leeway()},
                                                                       directory);
  if (!keys.ok()) return keys.status();
  return std::make_unique<AccessTokenVerifier>(
      *std::move(keys), TokenOrigin{.issuer = config.issuer(), .audience = config.audience()}, metrics);
}

AccessTokenVerifier::AccessTokenVerifier(KeySet keys, TokenOrigin origin, ops::Metrics* metrics)
    : AccessTokenVerifier(std::make_unique<FileKeys>(std::move(keys)), std::move(origin), metrics) {}

AccessTokenVerifier::AccessTokenVerifier(std::unique_ptr<KeySource> keys, TokenOrigin origin, ops::Metrics* metrics)
    : keys_(std::move(keys)), origin_(std::move(origin)) {
  if (metrics == nullptr) return;
  hits_ = metrics->AddCounter(kLookups, {{"result", "hit"}});
  misses_ = metrics->AddCounter(kLookups, {{"result", "miss"}});
}

std::shared_ptr<AccessTokenVerifier::Remembered> AccessTokenVerifier::RememberedOf(
    const std::shared_ptr<const KeySet>& keys) const {
  const async::MutexLock lock(mutex_);
  if (remembered_ == nullptr || remembered_->keys != keys) remembered_ = std::make_shared<Remembered>(keys);
  return remembered_;
}

absl::StatusOr<AccessToken> AccessTokenVerifier::Verify(absl::string_view bearer) const {
  // Before the hash, which an oversize token would make dear.
  if (bearer.size() > kMaxTokenBytes) return absl::UnauthenticatedError("token: too large");
  const std::shared_ptr<const KeySet> keys = keys_->Keys();
  if (keys == nullptr) return absl::UnauthenticatedError("no current keys to verify it with");
  const std::shared_ptr<Remembered> remembered = RememberedOf(keys);
  const digest::Sha256 digest = digest::Sha256Of(bearer);
  if (const std::shared_ptr<const AccessToken> known = remembered->tokens.Find(digest); known != nullptr) {
    hits_.Add();
    return *known;
  }
  misses_.Add();
  const absl::StatusOr<std::string> payload = VerifyCompact(bearer, *keys, kAccessTokenTypes);
  if (!payload.ok()) {
    if (NamesUnknownKey(payload.status())) keys_->Missed();
    return payload.status();
  }
  absl::StatusOr<AccessToken> token = ReadClaims(*payload, origin_);
  if (!token.ok()) return token.status();
  remembered->tokens.Insert(digest, std::make_shared<const AccessToken>(*token));
  return token;
}

}  // namespace mcmig::token
