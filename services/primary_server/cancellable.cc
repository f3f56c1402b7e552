#include "services/primary_server/cancellable.h"

#include "absl/algorithm/container.h"

namespace mcmig::primary_server {

bool IsOver(const std::optional<migration::Record>& record, const identity::SystemName& partner, protocol::Epoch epoch,
            uint64_t incarnation) {
  if (record && epoch < record->epoch) return true;
  // What a restored register has lost: no such epoch is given any more.
  if (epoch.incarnation >= incarnation) return false;
  const bool on_record = record && record->state == migration::State::kMigrated && record->partner_system == partner &&
                         record->epoch == epoch;
  return !on_record;
}

bool WasGivenTo(const identity::SystemName& partner, protocol::Epoch epoch,
                absl::Span<const migration::JournalEntry> history) {
  return absl::c_any_of(
      history, [&](const migration::JournalEntry& entry) { return entry.epoch == epoch && entry.after == partner; });
}

absl::StatusOr<bool> IsCancellable(const migration::MigrationRegister& migrations, const NamedMigration& named) {
  const uint64_t incarnation = migrations.incarnation();
  if (!IsOver(named.record, named.partner, named.epoch, incarnation)) return false;
  if (named.epoch.incarnation != incarnation) return true;
  const auto history = migrations.ListHistory(named.key, 0, kMostChanges);
  if (!history.ok()) return history.status();
  return WasGivenTo(named.partner, named.epoch, *history);
}

}  // namespace mcmig::primary_server
