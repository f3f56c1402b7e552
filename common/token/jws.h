#ifndef COMMON_TOKEN_JWS_H_
#define COMMON_TOKEN_JWS_H_

#include <cstddef>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "common/token/jwks.h"

namespace mcmig::token {

// Longest accepted token in bytes, of those that come with a call; checked before anything else is done with it.
inline constexpr size_t kMaxTokenBytes = size_t{8} * 1024;

// Verifies a JWS in compact serialization (RFC 7515 section 7.1) and gives its payload: the exact bytes that were
// signed.
//
// The header must name, with `kid`, a key of the set and, with `alg`, an algorithm that this key is bound to. Refused:
// a `typ` that is not in `types`; `crit` and `b64`, since no extension is understood; `jku`, `jwk`, `x5u` and `x5c`,
// which would let a token bring its own key; a member that occurs twice; any other text for the same bytes
// (base64url.h).
//
// `types`: the values of `typ` that this kind of token may have, compared without case and without a leading
// "application/"; an empty string there allows a header without `typ`. It keeps one kind of token from passing as
// another. `max_bytes`: the longest token of this kind; the header has at most kMaxTokenBytes whatever it is.
//
// UNAUTHENTICATED otherwise, with the reason and nothing of the token. Thread-safe.
absl::StatusOr<std::string> VerifyCompact(absl::string_view token, const KeySet& keys,
                                          absl::Span<const absl::string_view> types, size_t max_bytes = kMaxTokenBytes);

// Whether VerifyCompact refused a token because the set has no key of the `kid` that it names.
bool NamesUnknownKey(const absl::Status& refusal);

}  // namespace mcmig::token

#endif  // COMMON_TOKEN_JWS_H_
