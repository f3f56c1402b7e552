#ifndef COMMON_TOKEN_GRANT_H_
#define COMMON_TOKEN_GRANT_H_

#include <cstddef>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "common/digest/sha256.h"
#include "common/identity/mc_service_id.h"
#include "common/protocol/authorization.h"
#include "common/token/claims.h"

// What a primary MC service server signs, as an extension: a grant for each success, and a cancel for each user whom it
// takes back. Claims as in docs/tokens.md. Pure; thread-safe.
namespace mcmig::token {

// `typ` of each, so that none passes as the other, nor as an access token or a primary credential.
inline constexpr absl::string_view kGrantType = "mcmig-migration-grant+jwt";
inline constexpr absl::string_view kGrantTreeType = "mcmig-migration-grant-tree+jwt";
inline constexpr absl::string_view kCancelType = "mcmig-migration-cancel+jwt";

// One user is authorized to migrate, in answer to one request. Which primary MC system says so and to which partner MC
// system is in `iss` and `aud`.
struct Grant {
  identity::McServiceId primary_mc_service_id;
  identity::McServiceId partner_mc_service_id;
  protocol::McService service = protocol::McService::kMcptt;
  uint8_t profile_index = 0;
  protocol::Epoch epoch;  // both parts at least 1
  absl::Time authorized_until = absl::InfiniteFuture();
  protocol::RequestId request_id{};
  // Of the request, to the partner MC system that `aud` names.
  protocol::RequestDigest request_digest{};
  absl::Time issued = absl::UnixEpoch();  // whole seconds
};

// Grants that were signed together: what is signed is the root of a Merkle tree, whose leaves are the claims of each.
struct GrantTree {
  digest::Sha256 root{};
  size_t size = 0;  // 1 to kMaxGrantsInTree
};

// The migrations of one user up to an epoch are over.
struct SignedCancel {
  identity::McServiceId primary_mc_service_id;
  protocol::McService service = protocol::McService::kMcptt;
  protocol::Epoch epoch;                  // both parts at least 1
  absl::Time issued = absl::UnixEpoch();  // whole seconds
};

// The payload to sign: `origin` is who issues it and for whom.
std::string WriteClaims(const Grant& grant, const TokenOrigin& origin);
std::string WriteClaims(const GrantTree& tree, const TokenOrigin& origin);
std::string WriteClaims(const SignedCancel& cancel, const TokenOrigin& origin);

// Reads the payload of a verified JWS. Every claim is there and of its form, in the one spelling that WriteClaims gives
// it, except that claims may be in any order and IDs need not be canonical; only the end of an authorization may be
// absent. `iss` and `aud` are strings and equal `origin`, of which no part is empty. A claim of any other name is
// refused: whoever adds one means something that is not understood here. UNAUTHENTICATED, naming the claim and never
// its value.
absl::StatusOr<Grant> ReadGrant(absl::string_view payload, const TokenOrigin& origin);
absl::StatusOr<GrantTree> ReadGrantTree(absl::string_view payload, const TokenOrigin& origin);
absl::StatusOr<SignedCancel> ReadSignedCancel(absl::string_view payload, const TokenOrigin& origin);

}  // namespace mcmig::token

#endif  // COMMON_TOKEN_GRANT_H_
