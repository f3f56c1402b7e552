#ifndef COMMON_TOKEN_ACCESS_TOKEN_H_
#define COMMON_TOKEN_ACCESS_TOKEN_H_

#include <string>
#include <vector>

#include "absl/time/time.h"

namespace mcmig::token {

// The claims of a verified access token (TS 33.180 Annex B): the signature is right, by a key of the configured JWKS
// with an allowed algorithm, and issuer and audience are right where configured. Whether the token is in time, for this
// service and for these users is the decision of step 2, not of the verifier.
struct AccessToken {
  absl::Time expires;
  absl::Time not_before = absl::InfinitePast();
  // The service ID claims, as received; empty where absent.
  std::string mcptt_id;
  std::string mcvideo_id;
  std::string mcdata_id;
  // Extension `mcmig_primary_id`: the user's MC service ID in the primary MC system. Empty where absent.
  std::string primary_id;
  // The values of `scope`, split at spaces.
  std::vector<std::string> scopes;
};

}  // namespace mcmig::token

#endif  // COMMON_TOKEN_ACCESS_TOKEN_H_
