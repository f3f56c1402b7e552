#ifndef SERVICES_PRIMARY_SERVER_CANCELLABLE_H_
#define SERVICES_PRIMARY_SERVER_CANCELLABLE_H_

#include <cstddef>
#include <cstdint>
#include <optional>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "common/identity/peer.h"
#include "common/protocol/authorization.h"
#include "common/register/migration.h"
#include "common/register/migration_register.h"

namespace mcmig::primary_server {

// Whether the migration to `partner` that had `epoch` is over for certain, so that a cancel of it may be signed where
// others name the epoch: gateways on the way can name any, and one that is still to be given would withdraw and keep
// out whom it should not. True where the record is later; and where the epoch is of an earlier incarnation of the
// register than `incarnation`, the present one, and not the one on record, since a restore may have lost it. `record`:
// the user's; none: never migrated. Pure; total; thread-safe.
bool IsOver(const std::optional<migration::Record>& record, const identity::SystemName& partner, protocol::Epoch epoch,
            uint64_t incarnation);

// Of a user's changes, in which an epoch that a partner names is looked for. Whoever has moved on more often since
// keeps the visit there until its time is over, or the cancel in the outbox arrives.
inline constexpr size_t kMostChanges = 64;

// Whether `epoch` was given to `partner`, by what is left of the user's history. Whoever else asks about it is told
// nothing: that it is over would tell how far the record of a user is who is somewhere else. Pure; total; thread-safe.
bool WasGivenTo(const identity::SystemName& partner, protocol::Epoch epoch,
                absl::Span<const migration::JournalEntry> history);

// A migration that somebody else has named.
struct NamedMigration {
  const migration::UserKey& key;
  const std::optional<migration::Record>& record;  // the user's
  const identity::SystemName& partner;
  protocol::Epoch epoch;
};
// Whether it is over and `partner` may be told so: both of the above. The error is the register's. Reads the history
// only where it matters.
absl::StatusOr<bool> IsCancellable(const migration::MigrationRegister& migrations, const NamedMigration& named);

}  // namespace mcmig::primary_server

#endif  // SERVICES_PRIMARY_SERVER_CANCELLABLE_H_
