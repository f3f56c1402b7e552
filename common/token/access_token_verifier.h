#ifndef COMMON_TOKEN_ACCESS_TOKEN_VERIFIER_H_
#define COMMON_TOKEN_ACCESS_TOKEN_VERIFIER_H_

#include <cstddef>
#include <memory>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "common/ops/metrics.h"
#include "common/token/access_token.h"
#include "common/token/claims.h"
#include "common/token/jwks.h"
#include "common/token/verified_tokens.h"
#include "mcmig/config/v1/process.pb.h"

namespace mcmig::token {

// Verifies the access tokens of the partner's own identity management server (TS 33.180 Annex B, clause 10.6.3 step 2).
//
// Its keys never change: new keys are a new verifier, which has verified no token yet. Thread-safe.
class AccessTokenVerifier {
 public:
  // Verified tokens that are remembered.
  static constexpr size_t kRemembered = 16'384;

  // As LoadConfiguredKeys. The leeway is applied by the rule of step 2. `metrics`, where it is counted how many tokens
  // were remembered (nowhere where null), outlives the verifier.
  static absl::StatusOr<std::unique_ptr<AccessTokenVerifier>> Create(const config::v1::AccessTokens& config,
                                                                     absl::string_view directory,
                                                                     ops::Metrics* metrics = nullptr);

  AccessTokenVerifier(KeySet keys, TokenOrigin origin, ops::Metrics* metrics = nullptr);

  // The claims of `bearer`, a compact JWS of at most 8 KiB with `typ` absent, "JWT" or "at+jwt".
  //
  // UNAUTHENTICATED, with a reason and nothing of the token, where the signature, `iss` or `aud` is wrong, or a claim
  // is not of its form (claims.h). Does not look at the clock: whether the token is in time, and for whom, is the rule
  // of step 2, which decides on every call, also where the signature is remembered.
  [[nodiscard]] absl::StatusOr<AccessToken> Verify(absl::string_view bearer) const;

 private:
  const KeySet keys_;
  const TokenOrigin origin_;
  // Remembering changes no answer.
  mutable VerifiedTokens verified_;
  ops::Counter hits_;
  ops::Counter misses_;
};

}  // namespace mcmig::token

#endif  // COMMON_TOKEN_ACCESS_TOKEN_VERIFIER_H_
