#ifndef COMMON_TOKEN_ACCESS_TOKEN_VERIFIER_H_
#define COMMON_TOKEN_ACCESS_TOKEN_VERIFIER_H_

#include <cstddef>
#include <memory>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "common/async/mutex.h"
#include "common/ops/metrics.h"
#include "common/ops/reloads.h"
#include "common/token/access_token.h"
#include "common/token/claims.h"
#include "common/token/jwks.h"
#include "common/token/key_source.h"
#include "common/token/verified_tokens.h"
#include "mcmig/config/v1/process.pb.h"

namespace mcmig::token {

// Verifies the access tokens of the partner's own identity management server (TS 33.180 Annex B, clause 10.6.3 step 2).
//
// With new keys it remembers no token any more that it verified with others. Thread-safe.
class AccessTokenVerifier {
 public:
  // Verified tokens that are remembered.
  static constexpr size_t kRemembered = 16'384;

  // As OpenConfiguredKeys. The leeway is applied by the rule of step 2. `metrics`, where it is counted how many tokens
  // were remembered (nowhere where null), outlives the verifier.
  static absl::StatusOr<std::unique_ptr<AccessTokenVerifier>> Create(const config::v1::AccessTokens& config,
                                                                     absl::string_view directory,
                                                                     ops::Metrics* metrics = nullptr);

  AccessTokenVerifier(KeySet keys, TokenOrigin origin, ops::Metrics* metrics = nullptr);
  AccessTokenVerifier(std::unique_ptr<KeySource> keys, TokenOrigin origin, ops::Metrics* metrics);

  // As KeySource::Keep.
  void Keep(ops::Reloads& reloads) { keys_->Keep(reloads, "access_tokens"); }

  // The claims of `bearer`, a compact JWS of at most 8 KiB with `typ` absent, "JWT" or "at+jwt".
  //
  // UNAUTHENTICATED, with a reason and nothing of the token, where the signature, `iss` or `aud` is wrong, or a claim
  // is not of its form (claims.h). Does not look at the clock: whether the token is in time, and for whom, is the rule
  // of step 2, which decides on every call, also where the signature is remembered.
  [[nodiscard]] absl::StatusOr<AccessToken> Verify(absl::string_view bearer) const;

 private:
  struct Remembered {
    explicit Remembered(std::shared_ptr<const KeySet> by) : keys(std::move(by)), tokens(kRemembered) {}
    const std::shared_ptr<const KeySet> keys;
    VerifiedTokens tokens;
  };
  // What these keys verified; what others did is forgotten.
  std::shared_ptr<Remembered> RememberedOf(const std::shared_ptr<const KeySet>& keys) const;

  const std::unique_ptr<KeySource> keys_;
  const TokenOrigin origin_;
  // Remembering changes no answer.
  mutable async::Mutex mutex_;
  mutable std::shared_ptr<Remembered> remembered_ ABSL_GUARDED_BY(mutex_);
  ops::Counter hits_;
  ops::Counter misses_;
};

}  // namespace mcmig::token

#endif  // COMMON_TOKEN_ACCESS_TOKEN_VERIFIER_H_
