#include "common/register/migration_register.h"

#include <utility>

#include "common/register/apply_in_order.h"
#include "common/register/commit_metrics.h"

namespace mcmig::migration {

MigrationRegister::MigrationRegister(MigrationStore& store, size_t max_waiting, ops::Metrics* metrics, WriteLater later)
    : store_(store),
      gate_(store.ReconciliationPending()),
      writer_([this](std::vector<Work> group) { return Apply(std::move(group)); }, max_waiting,
              CommitMetrics(metrics, "migration"), std::move(later)) {
  if (metrics == nullptr) return;
  MeasureUsers(*metrics, "migration", [this]() -> std::optional<double> {
    const absl::StatusOr<uint64_t> users = store_.CountMigrated();
    if (!users.ok()) return std::nullopt;
    return static_cast<double>(*users);
  });
  MeasureUnreconciled(*metrics, "migration", [this] { return static_cast<double>(gate_.Waiting().size()); });
}

std::vector<absl::StatusOr<CommitOutcome>> MigrationRegister::Apply(std::vector<Work> group) {
  return ApplyInOrder(
      std::move(group), [this](const std::vector<Mutation>& mutations) { return store_.Apply(mutations); },
      [this](const Work& work) { return Do(work); }, CommitOutcome::kCommitted);
}

absl::Status MigrationRegister::Do(const Work& work) {
  const auto* entries = std::get_if<std::vector<MigrationStore::ProfileEntry>>(&work);
  if (entries != nullptr) return store_.ImportProfiles(*entries);
  if (const auto* removal = std::get_if<Removal>(&work); removal != nullptr) return Do(*removal);
  if (std::holds_alternative<Reconciled>(work)) return store_.SetReconciled();
  return store_.Acknowledge(std::get<std::vector<MigrationStore::Acknowledgement>>(work));
}

absl::Status MigrationRegister::Do(const Removal& removal) {
  const absl::StatusOr<size_t> removed = store_.RemoveProfiles(removal.selection);
  if (removed.ok()) *removal.removed = *removed;
  return removed.status();
}

absl::StatusOr<Snapshot> MigrationRegister::Read(const UserKey& key, const identity::SystemName& partner) const {
  return store_.Read(key, partner);
}

async::Task<absl::StatusOr<CommitOutcome>> MigrationRegister::Commit(async::Executor& executor, Mutation mutation) {
  if (mutation.change == Change::kAuthorized) {
    absl::Status open = gate_.Check();
    if (!open.ok()) co_return open;
  }
  co_return co_await writer_.Commit(executor, std::move(mutation));
}

async::Task<absl::StatusOr<Plan>> MigrationRegister::Settle(async::Executor& executor, Event event,
                                                            const async::Clock& clock, Policy policy) {
  if (std::holds_alternative<AuthorizeAtHome>(event)) {
    absl::Status open = gate_.Check();
    if (!open.ok()) co_return open;
  }
  for (int attempts = 0; attempts < kMaxAttempts; ++attempts) {
    const absl::StatusOr<Snapshot> snapshot = store_.Read(KeyOf(event), "");
    if (!snapshot.ok()) co_return snapshot.status();
    absl::StatusOr<Plan> plan = Transition(*snapshot, event, clock.Now(), policy);
    if (!plan.ok() || !plan->mutation.has_value()) co_return plan;
    absl::StatusOr<CommitOutcome> outcome = co_await writer_.Commit(executor, *plan->mutation);
    if (!outcome.ok()) co_return outcome.status();
    if (*outcome == CommitOutcome::kCommitted) co_return plan;
  }
  co_return absl::UnavailableError("the record changes too often; nothing was recorded");
}

async::Task<absl::Status> MigrationRegister::ImportProfiles(async::Executor& executor,
                                                            std::vector<MigrationStore::ProfileEntry> entries) {
  absl::StatusOr<CommitOutcome> outcome = co_await writer_.Commit(executor, std::move(entries));
  co_return outcome.status();
}

async::Task<absl::StatusOr<size_t>> MigrationRegister::RemoveProfiles(async::Executor& executor,
                                                                      MigrationStore::ProfileSelection selection) {
  size_t removed = 0;
  Removal removal{.selection = std::move(selection), .removed = &removed};
  absl::StatusOr<CommitOutcome> outcome = co_await writer_.Commit(executor, std::move(removal));
  if (!outcome.ok()) co_return outcome.status();
  co_return removed;
}

async::Task<absl::Status> MigrationRegister::Acknowledge(async::Executor& executor,
                                                         std::vector<MigrationStore::Acknowledgement> cancels) {
  absl::StatusOr<CommitOutcome> outcome = co_await writer_.Commit(executor, std::move(cancels));
  co_return outcome.status();
}

async::Task<absl::Status> MigrationRegister::PassGate(async::Executor& executor, identity::SystemName system) {
  if (!gate_.Pass(system)) co_return absl::OkStatus();
  absl::StatusOr<CommitOutcome> outcome = co_await writer_.Commit(executor, Reconciled());
  co_return outcome.status();
}

absl::StatusOr<std::vector<MigrationStore::RecordEntry>> MigrationRegister::ListRecords(
    const std::optional<UserKey>& after, size_t limit) const {
  return store_.ListRecords(after, limit);
}

absl::StatusOr<MigrationStore::RecordPage> MigrationRegister::ListRecordsAt(const identity::SystemName& partner,
                                                                            const std::optional<UserKey>& after,
                                                                            size_t limit) const {
  return store_.ListRecordsAt(partner, after, limit);
}

absl::StatusOr<std::vector<UserKey>> MigrationRegister::ListExpired(absl::Time time, size_t limit) const {
  return store_.ListExpired(time, limit);
}

absl::StatusOr<std::vector<JournalEntry>> MigrationRegister::ListJournal(uint64_t sequence, size_t limit) const {
  return store_.ListJournal(sequence, limit);
}

absl::StatusOr<std::vector<JournalEntry>> MigrationRegister::ListHistory(const UserKey& key, uint64_t sequence,
                                                                         size_t limit) const {
  return store_.ListHistory(key, sequence, limit);
}

absl::StatusOr<std::vector<OutboxEntry>> MigrationRegister::ListOutbox(const identity::SystemName& partner,
                                                                       uint64_t sequence, size_t limit) const {
  return store_.ListOutbox(partner, sequence, limit);
}

absl::StatusOr<std::vector<OutboxEntry>> MigrationRegister::ListOldestCancels() const {
  return store_.ListOldestCancels();
}

}  // namespace mcmig::migration
