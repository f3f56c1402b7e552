#ifndef COMMON_TOKEN_PRIMARY_CREDENTIAL_H_
#define COMMON_TOKEN_PRIMARY_CREDENTIAL_H_

#include <array>
#include <cstdint>
#include <optional>
#include <string>

#include "absl/time/time.h"

namespace mcmig::token {

// The claims of a verified primary credential, an extension: the primary's identity management server says of one of
// its users that this user wants to migrate to one partner MC system. Signature, issuer and audience are right. Whether
// it is in time, and for this user, is the decision of step 6.
struct PrimaryCredential {
  absl::Time expires;
  absl::Time issued;
  absl::Time not_before = absl::InfinitePast();
  // SHA-256 of `jti`: names the credential, which is good for one request.
  std::array<uint8_t, 32> id{};
  // The user's MC service ID in the primary MC system, by service; empty where absent.
  std::string mcptt_id;
  std::string mcvideo_id;
  std::string mcdata_id;
  // `mcmig_profile_index`: the only profile it is good for. Unset: any.
  std::optional<uint8_t> profile_index = std::nullopt;
};

}  // namespace mcmig::token

#endif  // COMMON_TOKEN_PRIMARY_CREDENTIAL_H_
