#ifndef SERVICES_MCMIG_BUNDLE_PUBLIC_KEYS_H_
#define SERVICES_MCMIG_BUNDLE_PUBLIC_KEYS_H_

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "common/token/algorithm.h"
#include "common/token/jwks.h"
#include "mcmig/config/v1/trust_bundle.pb.h"

// Key sets as a bundle has them: what verifies and nothing else. Pure.
namespace mcmig::bundle {

// Of grants, cancels and bundles, and of identity management servers.
const token::Algorithms& OwnAlgorithms();
const token::Algorithms& AllAlgorithms();

// A JSON Web Key Set, as every reader of such files takes it.
std::string KeySetText(const config::v1::PublicKeys& keys);
// The keys to verify with. As token::KeySet::Parse; INVALID_ARGUMENT, too, where one of them is not usable with
// `allowed`: a bundle has no key that nobody needs.
absl::StatusOr<token::KeySet> KeySetOf(const config::v1::PublicKeys& keys, const token::Algorithms& allowed);
// The keys of a published set that are usable with `allowed`, of each the members that verify; the set may also hold
// keys for other purposes. As token::KeySet::Parse.
absl::StatusOr<config::v1::PublicKeys> UsableKeys(absl::string_view jwks, const token::Algorithms& allowed);

// The key of this name; null where there is none.
const config::v1::PublicKey* FindKey(const config::v1::PublicKeys& keys, absl::string_view key_id);
// Whether both verify the same signatures, whatever they are named.
bool IsSameKey(const config::v1::PublicKey& a, const config::v1::PublicKey& b);

}  // namespace mcmig::bundle

#endif  // SERVICES_MCMIG_BUNDLE_PUBLIC_KEYS_H_
