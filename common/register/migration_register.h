#ifndef COMMON_REGISTER_MIGRATION_REGISTER_H_
#define COMMON_REGISTER_MIGRATION_REGISTER_H_

#include <cstdint>
#include <optional>
#include <variant>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/async/clock.h"
#include "common/async/executor.h"
#include "common/async/task.h"
#include "common/ops/metrics.h"
#include "common/register/group_commit.h"
#include "common/register/migration.h"
#include "common/register/migration_store.h"
#include "common/register/reconciliation_gate.h"
#include "common/register/transition.h"
#include "common/register/write_later.h"

namespace mcmig::migration {

// The primary's register as handlers use it: point reads at once, changes through one writer thread.
//
// Errors as MigrationStore; while the store cannot write, every commit fails with UNAVAILABLE, and none is ever
// acknowledged that is not durable. Any thread. `store` outlives this object, which is its only writer; executors
// outlive it too. Lists block for what they give; at most some 1,000 for `limit`.
class MigrationRegister {
 public:
  // Changes that may wait for the writer, beside those being written.
  static constexpr size_t kMaxWaiting = 10'000;

  // `metrics`, where it is measured (nowhere where null), is not read once this object has gone. `later`: GroupCommit.
  explicit MigrationRegister(MigrationStore& store, size_t max_waiting = kMaxWaiting, ops::Metrics* metrics = nullptr,
                             WriteLater later = nullptr);

  // What steps 6 and 7 decide on. Blocks for a point read: some 10 to 20 µs, which is less than a change of thread.
  [[nodiscard]] absl::StatusOr<Snapshot> Read(const UserKey& key, const identity::SystemName& partner) const;
  // Step 7. Completes once begun, whatever becomes of the call. With nothing written: RESOURCE_EXHAUSTED where too many
  // changes wait; UNAVAILABLE for kAuthorized while gate() is closed. What only takes users back is right on an old
  // state, too, and is written.
  async::Task<absl::StatusOr<CommitOutcome>> Commit(async::Executor& executor, Mutation mutation);
  // Decides an event that needs no permission of step 6 – any but Authorize and Recheck – and commits what it changes;
  // decides anew where another change came first. The plan: durable. UNAVAILABLE, with nothing written, where that
  // happens kMaxAttempts times, and for AuthorizeAtHome while gate() is closed; else as Transition and Commit.
  async::Task<absl::StatusOr<Plan>> Settle(async::Executor& executor, Event event, const async::Clock& clock,
                                           Policy policy);
  // Durable when done. As Commit.
  async::Task<absl::Status> ImportProfiles(async::Executor& executor,
                                           std::vector<MigrationStore::ProfileEntry> entries);
  // How many there were. Durable when done. As Commit.
  async::Task<absl::StatusOr<size_t>> RemoveProfiles(async::Executor& executor,
                                                     MigrationStore::ProfileSelection selection);
  // Durable when done. As Commit.
  async::Task<absl::Status> Acknowledge(async::Executor& executor,
                                        std::vector<MigrationStore::Acknowledgement> cancels);

  [[nodiscard]] absl::StatusOr<std::vector<MigrationStore::RecordEntry>> ListRecords(
      const std::optional<UserKey>& after, size_t limit) const;
  [[nodiscard]] absl::StatusOr<MigrationStore::RecordPage> ListRecordsAt(const identity::SystemName& partner,
                                                                         const std::optional<UserKey>& after,
                                                                         size_t limit) const;
  [[nodiscard]] absl::StatusOr<std::vector<UserKey>> ListExpired(absl::Time time, size_t limit) const;
  [[nodiscard]] absl::StatusOr<std::vector<JournalEntry>> ListJournal(uint64_t sequence, size_t limit) const;
  [[nodiscard]] absl::StatusOr<uint64_t> LastSequence() const { return store_.LastSequence(); }
  [[nodiscard]] absl::StatusOr<std::vector<JournalEntry>> ListHistory(const UserKey& key, uint64_t sequence,
                                                                      size_t limit) const;
  [[nodiscard]] absl::StatusOr<std::vector<OutboxEntry>> ListOutbox(const identity::SystemName& partner,
                                                                    uint64_t sequence, size_t limit) const;
  [[nodiscard]] absl::StatusOr<std::vector<OutboxEntry>> ListOldestCancels() const;
  // Who permits something on this register asks first.
  [[nodiscard]] ReconciliationGate& gate() { return gate_; }
  [[nodiscard]] const ReconciliationGate& gate() const { return gate_; }
  // As ReconciliationGate::Pass; once that was the last MC system, durably. As Commit.
  async::Task<absl::Status> PassGate(async::Executor& executor, identity::SystemName system);

  // As MigrationStore.
  [[nodiscard]] absl::StatusOr<FrozenStore> Freeze() const { return store_.Freeze(); }
  // For Policy::incarnation.
  [[nodiscard]] uint64_t incarnation() const { return store_.incarnation(); }

 private:
  struct Removal {
    MigrationStore::ProfileSelection selection;
    size_t* removed = nullptr;  // in the coroutine, which is parked meanwhile
  };
  struct Reconciled {};
  using Work = std::variant<Mutation, std::vector<MigrationStore::ProfileEntry>, Removal,
                            std::vector<MigrationStore::Acknowledgement>, Reconciled>;

  std::vector<absl::StatusOr<CommitOutcome>> Apply(std::vector<Work> group);
  absl::Status Do(const Work& work);
  absl::Status Do(const Removal& removal);

  MigrationStore& store_;
  ReconciliationGate gate_;
  GroupCommit<Work, CommitOutcome> writer_;
};

}  // namespace mcmig::migration

#endif  // COMMON_REGISTER_MIGRATION_REGISTER_H_
