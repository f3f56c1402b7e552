#include "common/register/migration_register.h"

#include <utility>

#include "common/register/apply_in_order.h"
#include "common/register/commit_metrics.h"

namespace mcmig::migration {

MigrationRegister::MigrationRegister(MigrationStore& store, size_t max_waiting, ops::Metrics* metrics)
    : store_(store),
      writer_(
          [this](std::vector<Change> changes) {
            return ApplyInOrder(
                std::move(changes), [this](const std::vector<Mutation>& singles) { return store_.Apply(singles); },
                [this](const std::vector<MigrationStore::ProfileEntry>& entries) {
                  return store_.ImportProfiles(entries);
                },
                CommitOutcome::kCommitted);
          },
          max_waiting, CommitMetrics(metrics, "migration")) {
  if (metrics == nullptr) return;
  MeasureUsers(*metrics, "migration", [this]() -> std::optional<double> {
    const absl::StatusOr<uint64_t> users = store_.CountMigrated();
    if (!users.ok()) return std::nullopt;
    return static_cast<double>(*users);
  });
}

absl::StatusOr<Snapshot> MigrationRegister::Read(const UserKey& key, const identity::SystemName& partner) const {
  return store_.Read(key, partner);
}

async::Task<absl::StatusOr<CommitOutcome>> MigrationRegister::Commit(async::Executor& executor, Mutation mutation) {
  co_return co_await writer_.Commit(executor, std::move(mutation));
}

async::Task<absl::Status> MigrationRegister::ImportProfiles(async::Executor& executor,
                                                            std::vector<MigrationStore::ProfileEntry> entries) {
  absl::StatusOr<CommitOutcome> outcome = co_await writer_.Commit(executor, std::move(entries));
  co_return outcome.status();
}

absl::StatusOr<std::vector<MigrationStore::RecordEntry>> MigrationRegister::ListRecords(
    const std::optional<UserKey>& after, size_t limit) const {
  return store_.ListRecords(after, limit);
}

}  // namespace mcmig::migration
