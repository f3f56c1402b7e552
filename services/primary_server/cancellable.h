#ifndef SERVICES_PRIMARY_SERVER_CANCELLABLE_H_
#define SERVICES_PRIMARY_SERVER_CANCELLABLE_H_

#include <cstdint>
#include <optional>

#include "common/identity/peer.h"
#include "common/protocol/authorization.h"
#include "common/register/migration.h"

namespace mcmig::primary_server {

// Whether the migration to `partner` that had `epoch` is over for certain, so that a cancel of it may be signed where
// others name the epoch: gateways on the way can name any, and one that is still to be given would withdraw and keep
// out whom it should not. True where the record is later; and where the epoch is of an earlier incarnation of the
// register than `incarnation`, the present one, and not the one on record, since a restore may have lost it. `record`:
// the user's; none: never migrated. Pure; total; thread-safe.
bool IsOver(const std::optional<migration::Record>& record, const identity::SystemName& partner, protocol::Epoch epoch,
            uint64_t incarnation);

}  // namespace mcmig::primary_server

#endif  // SERVICES_PRIMARY_SERVER_CANCELLABLE_H_
