#include "common/token/access_token_verifier.h"

#include <filesystem>
#include <optional>
#include <string>
#include <utility>

#include "absl/algorithm/container.h"
#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "common/token/jws.h"

namespace mcmig::token {
namespace {

// "" is a token without `typ`: TS 33.180 names none.
constexpr absl::string_view kAccessTokenTypes[] = {"", "JWT", "at+jwt"};

constexpr ops::Family kLookups = {
    "mcmig_token_cache_lookups_total",
    "Access tokens that came in, by whether the signature was remembered (hit) or had to be verified (miss)."};

absl::StatusOr<Algorithms> AllowedAlgorithms(const config::v1::AccessTokens& config) {
  Algorithms allowed;
  for (const std::string& name : config.algorithms()) {
    const std::optional<Algorithm> algorithm = AlgorithmOfName(name);
    if (!algorithm.has_value()) {
      return absl::InvalidArgumentError("algorithms: only ES256, RS256, PS256 and EdDSA can be allowed");
    }
    if (absl::c_linear_search(allowed, *algorithm)) return absl::InvalidArgumentError("algorithms: one occurs twice");
    allowed.push_back(*algorithm);
  }
  if (allowed.empty()) return absl::InvalidArgumentError("algorithms: at least one is needed");
  return allowed;
}

bool LeewayInRange(const google::protobuf::Duration& leeway) {
  if (leeway.seconds() < 0 || leeway.nanos() < 0 || leeway.nanos() > 999'999'999) return false;
  return leeway.seconds() < 30 || (leeway.seconds() == 30 && leeway.nanos() == 0);
}

}  // namespace

absl::StatusOr<std::unique_ptr<AccessTokenVerifier>> AccessTokenVerifier::Create(const config::v1::AccessTokens& config,
                                                                                 absl::string_view directory,
                                                                                 ops::Metrics* metrics) {
  if (config.jwks_file().empty()) return absl::InvalidArgumentError("jwks_file: missing");
  if (!LeewayInRange(config.leeway())) return absl::InvalidArgumentError("leeway: must be 0 s to 30 s");
  const absl::StatusOr<Algorithms> allowed = AllowedAlgorithms(config);
  if (!allowed.ok()) return allowed.status();
  const std::filesystem::path path = std::filesystem::path(std::string(directory)) / config.jwks_file();
  absl::StatusOr<KeySet> keys = KeySet::LoadFile(path.string(), *allowed);
  if (!keys.ok()) return absl::Status(keys.status().code(), absl::StrCat("jwks_file: ", keys.status().message()));
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
