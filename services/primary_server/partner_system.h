#ifndef SERVICES_PRIMARY_SERVER_PARTNER_SYSTEM_H_
#define SERVICES_PRIMARY_SERVER_PARTNER_SYSTEM_H_

#include <optional>

#include "absl/status/statusor.h"
#include "common/identity/mc_service_id.h"
#include "common/identity/peer.h"
#include "common/identity/system_table.h"
#include "common/protocol/call.h"

namespace mcmig::primary_server {

// The partner MC system of step 6: no element of the request, but the authenticated other end. A direct peer on an
// outside listener is the partner itself; on an inside listener it is what the own gateway authenticated on its outside
// leg, `stated`. PERMISSION_DENIED where that system is unknown or the own one, or where the caller can be neither of
// the two. Pure; total; thread-safe.
absl::StatusOr<identity::SystemName> PartnerSystemOf(const identity::SystemTable& systems, const protocol::Call& call,
                                                     const std::optional<identity::SystemName>& stated);
// The same, also where it does not own the partner MC service ID.
absl::StatusOr<identity::SystemName> PartnerSystemOf(const identity::SystemTable& systems, const protocol::Call& call,
                                                     const std::optional<identity::SystemName>& stated,
                                                     const identity::McServiceId& partner_mc_service_id);

}  // namespace mcmig::primary_server

#endif  // SERVICES_PRIMARY_SERVER_PARTNER_SYSTEM_H_
