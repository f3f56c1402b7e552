#ifndef COMMON_IDENTITY_PERMISSIONS_H_
#define COMMON_IDENTITY_PERMISSIONS_H_

#include "absl/strings/string_view.h"
#include "common/identity/peer.h"

namespace mcmig::identity {

// The permission table: RPC × listener × (own or peer system, role) is the whole of who may call what. Deny by default.
// `method` is the full gRPC name, e.g. "mcmig.v1.PrimaryMcServiceServer/AuthorizeMigration". docs/permissions.md shows
// the same table, and a test compares them. Pure; thread-safe.
bool MayCall(absl::string_view method, Listener listener, const Peer& peer);

}  // namespace mcmig::identity

#endif  // COMMON_IDENTITY_PERMISSIONS_H_
