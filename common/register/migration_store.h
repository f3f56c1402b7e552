#ifndef COMMON_REGISTER_MIGRATION_STORE_H_
#define COMMON_REGISTER_MIGRATION_STORE_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "common/register/frozen_store.h"
#include "common/register/migration.h"

namespace mcmig::migration {

// The primary's durable state: user profiles, agreements, and the migration record of each user and service.
//
// Blocking. Reads may come from any thread at any time; writes from one thread at a time. Every failing function:
// UNAVAILABLE where the store could not be read or written (nothing is known to be written), DATA_LOSS where what it
// holds cannot be understood.
//
// Lists are bounded: each gives up to `limit` entries, in order, after the place that it is given. Fewer than `limit`:
// there are no more.
class MigrationStore {
 public:
  virtual ~MigrationStore() = default;

  // The incarnation of this store's epochs. Constant while it is open.
  [[nodiscard]] virtual uint64_t incarnation() const = 0;

  // What steps 6 and 7 decide on, consistent at one point in time.
  virtual absl::StatusOr<Snapshot> Read(const UserKey& key, const identity::SystemName& partner) = 0;

  // Applies each mutation whose expectations hold, in order and seeing the ones before it, with its journal entry,
  // request memory and cancel, in one durable commit. An error means that none is known to be applied.
  virtual absl::StatusOr<std::vector<CommitOutcome>> Apply(absl::Span<const Mutation> mutations) = 0;

  // Makes `agreements` the whole of the agreements (partner system → services). Versions of unchanged ones stay.
  virtual absl::Status SetAgreements(
      const absl::flat_hash_map<identity::SystemName, std::vector<protocol::McService>>& agreements) = 0;

  struct ProfileEntry {
    UserKey key;
    std::string mc_service_id;  // as imported
    Profile profile;
  };
  // Adds or replaces profiles, by user, service and index, in one durable commit.
  virtual absl::Status ImportProfiles(absl::Span<const ProfileEntry> entries) = 0;
  // Which profiles of a user and service: the one with this index, or all where it is unset.
  struct ProfileSelection {
    UserKey key;
    std::optional<uint8_t> index;
  };
  // Removes profiles, in one durable commit; how many there were. Where there was any, the version of the user's
  // profiles changes (with the last one, to none), so that no decision which read it can be committed.
  virtual absl::StatusOr<size_t> RemoveProfiles(const ProfileSelection& selection) = 0;

  struct RecordEntry {
    UserKey key;
    Record record;
  };
  // All records, in key order.
  virtual absl::StatusOr<std::vector<RecordEntry>> ListRecords(const std::optional<UserKey>& after, size_t limit) = 0;
  // The records of the users who are migrated to `partner`, in key order; costs what it gives, not what the store
  // holds. A record that changes meanwhile may be left out, and its page be short.
  struct RecordPage {
    std::vector<RecordEntry> entries;
    std::optional<UserKey> next;  // unset at the end
  };
  virtual absl::StatusOr<RecordPage> ListRecordsAt(const identity::SystemName& partner,
                                                   const std::optional<UserKey>& after, size_t limit) = 0;
  // The keys of migrations that are authorized until `time` at the latest, the earliest first. Costs what it gives.
  virtual absl::StatusOr<std::vector<UserKey>> ListExpired(absl::Time time, size_t limit) = 0;

  // How many records are migrated, as of the last commit. Cheap, any thread.
  virtual absl::StatusOr<uint64_t> CountMigrated() = 0;

  // All changes after `sequence`. One that is found is durable, and none before it is found later.
  virtual absl::StatusOr<std::vector<JournalEntry>> ListJournal(uint64_t sequence, size_t limit) = 0;
  // The sequence of the last change; 0 where there was none. Cheap.
  virtual absl::StatusOr<uint64_t> LastSequence() = 0;
  // The changes of one user and service before `sequence` – all of them where 0 – the last one first. Costs what it
  // gives. INVALID_ARGUMENT where `sequence` is not one of theirs.
  virtual absl::StatusOr<std::vector<JournalEntry>> ListHistory(const UserKey& key, uint64_t sequence,
                                                                size_t limit) = 0;

  // The cancels that await delivery to `partner`, after `sequence`.
  virtual absl::StatusOr<std::vector<OutboxEntry>> ListOutbox(const identity::SystemName& partner, uint64_t sequence,
                                                              size_t limit) = 0;
  // The oldest cancel that awaits delivery to each partner MC system, by system. Costs a read for each that has one.
  virtual absl::StatusOr<std::vector<OutboxEntry>> ListOldestCancels() = 0;
  // A cancel that its partner MC system has acknowledged.
  struct Acknowledgement {
    identity::SystemName partner_system;
    uint64_t sequence = 0;  // OutboxEntry::sequence
  };
  // Forgets cancels, in one durable commit. Those that are not there are passed over: a cancel that is delivered twice
  // is acknowledged twice.
  virtual absl::Status Acknowledge(absl::Span<const Acknowledgement> cancels) = 0;

  // Whether the store was restored from a backup and has not been reconciled with the partner MC systems since; what
  // was recorded after the backup is lost until then.
  [[nodiscard]] virtual absl::StatusOr<bool> ReconciliationPending() const = 0;
  // It has been. Durable when OK.
  virtual absl::Status SetReconciled() = 0;

  // Everything as it is now, which ends before this object.
  [[nodiscard]] virtual absl::StatusOr<FrozenStore> Freeze() const = 0;
};

}  // namespace mcmig::migration

#endif  // COMMON_REGISTER_MIGRATION_STORE_H_
