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

}  // namespace mcmig::primary_server
