#ifndef COMMON_TOKEN_ACCESS_TOKEN_CHECK_H_
#define COMMON_TOKEN_ACCESS_TOKEN_CHECK_H_

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/identity/mc_service_id.h"
#include "common/protocol/authorization.h"
#include "common/token/access_token.h"

namespace mcmig::token {

// Most that expiry may be exceeded, whatever is configured (TS 33.180).
inline constexpr absl::Duration kMaxLeeway = absl::Seconds(30);

// What the client showed beside the request.
struct Credential {
  // False: no token at all.
  bool presented = false;
  // The verifier's answer; any error means: not a token of the own identity management server.
  const absl::StatusOr<AccessToken>& token;
  // Tolerance of the clocks; more than kMaxLeeway counts as kMaxLeeway, less than 0 as 0.
  absl::Duration leeway;
};

// Whom the token must stand for.
struct Holder {
  protocol::McService service = protocol::McService::kMcptt;
  // The user in the MC system of the identity management server.
  const identity::McServiceId& mc_service_id;
  // In a partner MC system: the user in the primary one. Else null.
  const identity::McServiceId* primary_mc_service_id = nullptr;
};

// In this order: a token was presented; it is valid; it is in time (now < exp + leeway, now ≥ nbf - leeway; otherwise
// kAccessTokenExpired); it has the scope of the MC service (TS 33.180); its service ID claim is the MC service ID; its
// claim mcmig_primary_id is the primary MC service ID, where there is one. IDs are equal where their canonical forms
// are. A claim that is absent names another user; one that is no MC service ID makes the token invalid. A decision that
// names the rule; cause kNone: nothing is against it. Pure; total; thread-safe.
protocol::Decision CheckAccessToken(const Credential& credential, const Holder& holder, absl::Time now);

}  // namespace mcmig::token

#endif  // COMMON_TOKEN_ACCESS_TOKEN_CHECK_H_
