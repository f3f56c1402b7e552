#ifndef COMMON_TOKEN_CLAIMS_H_
#define COMMON_TOKEN_CLAIMS_H_

#include <cstddef>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "common/token/access_token.h"
#include "common/token/primary_credential.h"

namespace mcmig::token {

// Longest accepted ID claim and `scope`, in bytes, and most values of `scope`. They bound what a remembered token
// takes.
inline constexpr size_t kMaxIdClaimBytes = 256;
inline constexpr size_t kMaxScopeBytes = 2048;
inline constexpr size_t kMaxScopes = 64;

// Who must have issued a token, and for whom. Empty: not checked; else the claim must be present and right.
struct TokenOrigin {
  std::string issuer;    // equals `iss`
  std::string audience;  // equals `aud`, or is one of its values
};

// Reads the claims of an access token from the payload of a verified JWS (RFC 7519, TS 33.180 Annex B).
//
// A claim is of its form or the token is refused: `exp` is mandatory; `exp`, `nbf` and `iat` are seconds since 1970,
// whole or with a fraction, up to the year 9999; `scope` is a string; `iss` is a string, `aud` a string or an array of
// strings; `mcptt_id`, `mcvideo_id`, `mcdata_id` and `mcmig_primary_id` are strings of 1 to 256 bytes; no claim occurs
// twice. Other claims are ignored. UNAUTHENTICATED, naming the claim and never its value.
absl::StatusOr<AccessToken> ReadClaims(absl::string_view payload, const TokenOrigin& origin);

// Longest `jti`, in bytes.
inline constexpr size_t kMaxTokenIdBytes = 256;

// Reads the claims of a primary credential, in the same way. Mandatory are `iss`, `aud`, `exp`, `iat` and `jti`, a
// string of 1 to 256 bytes; `mcmig_profile_index` is a whole number of 0 to 255. Both parts of `origin` are set.
absl::StatusOr<PrimaryCredential> ReadCredentialClaims(absl::string_view payload, const TokenOrigin& origin);

}  // namespace mcmig::token

#endif  // COMMON_TOKEN_CLAIMS_H_
