#include "tests/simulation/observed_stores.h"

#include <map>
#include <utility>
#include <vector>

namespace mcmig::simulation {
namespace {

using migration::CommitOutcome;
using migration::Mutation;
using migration::VisitOutcome;

// More than a world ever has.
constexpr size_t kAll = 100'000;

class ObservedMigrationStore final : public migration::MigrationStore {
 public:
  ObservedMigrationStore(std::unique_ptr<migration::MigrationStore> store, Model& model, bool restored)
      : store_(std::move(store)), model_(model) {
    std::map<UserKey, migration::Record> records;
    const std::vector<RecordEntry> entries = *store_->ListRecords(std::nullopt, kAll);
    for (const RecordEntry& entry : entries) records[entry.key] = entry.record;
    model_.PrimaryStarts(*store_->ListJournal(0, kAll), records, All(), restored);
  }

  [[nodiscard]] uint64_t incarnation() const override { return store_->incarnation(); }
  absl::StatusOr<migration::Snapshot> Read(const UserKey& key, const SystemName& partner) override {
    return store_->Read(key, partner);
  }
  absl::StatusOr<std::vector<CommitOutcome>> Apply(absl::Span<const Mutation> mutations) override {
    std::vector<migration::Snapshot> before;
    for (const Mutation& mutation : mutations) {
      const SystemName partner = mutation.permission ? mutation.permission->agreement_with : "";
      before.push_back(*store_->Read(mutation.key, partner));
    }
    absl::StatusOr<std::vector<CommitOutcome>> outcomes = store_->Apply(mutations);
    for (size_t i = 0; i < mutations.size(); ++i) {
      if (!outcomes.ok()) model_.Uncertain(mutations[i]);
      if (outcomes.ok() && (*outcomes)[i] == CommitOutcome::kCommitted) model_.Committed(mutations[i], before[i]);
    }
    if (outcomes.ok()) model_.Outbox(All());
    return outcomes;
  }
  absl::Status SetAgreements(
      const absl::flat_hash_map<SystemName, std::vector<protocol::McService>>& agreements) override {
    return store_->SetAgreements(agreements);
  }
  absl::Status ImportProfiles(absl::Span<const ProfileEntry> entries) override {
    return store_->ImportProfiles(entries);
  }
  absl::StatusOr<size_t> RemoveProfiles(const ProfileSelection& selection) override {
    return store_->RemoveProfiles(selection);
  }
  [[nodiscard]] absl::StatusOr<bool> ReconciliationPending() const override { return store_->ReconciliationPending(); }
  absl::Status SetReconciled() override { return store_->SetReconciled(); }
  [[nodiscard]] absl::StatusOr<migration::FrozenStore> Freeze() const override { return store_->Freeze(); }
  absl::StatusOr<std::vector<RecordEntry>> ListRecords(const std::optional<UserKey>& after, size_t limit) override {
    return store_->ListRecords(after, limit);
  }
  absl::StatusOr<uint64_t> CountMigrated() override { return store_->CountMigrated(); }
  absl::StatusOr<RecordPage> ListRecordsAt(const SystemName& partner, const std::optional<UserKey>& after,
                                           size_t limit) override {
    return store_->ListRecordsAt(partner, after, limit);
  }
  absl::StatusOr<std::vector<UserKey>> ListExpired(absl::Time time, size_t limit) override {
    return store_->ListExpired(time, limit);
  }
  absl::StatusOr<std::vector<migration::JournalEntry>> ListJournal(uint64_t sequence, size_t limit) override {
    return store_->ListJournal(sequence, limit);
  }
  absl::StatusOr<uint64_t> LastSequence() override { return store_->LastSequence(); }
  absl::StatusOr<std::vector<migration::JournalEntry>> ListHistory(const UserKey& key, uint64_t sequence,
                                                                   size_t limit) override {
    return store_->ListHistory(key, sequence, limit);
  }
  absl::StatusOr<std::vector<migration::OutboxEntry>> ListOutbox(const SystemName& partner, uint64_t sequence,
                                                                 size_t limit) override {
    return store_->ListOutbox(partner, sequence, limit);
  }
  absl::StatusOr<std::vector<migration::OutboxEntry>> ListOldestCancels() override {
    return store_->ListOldestCancels();
  }
  absl::Status Acknowledge(absl::Span<const Acknowledgement> cancels) override {
    const std::vector<migration::OutboxEntry> before = All();
    absl::Status status = store_->Acknowledge(cancels);
    for (const Acknowledgement& cancel : cancels) {
      for (const migration::OutboxEntry& entry : before) {
        if (entry.partner_system != cancel.partner_system || entry.sequence != cancel.sequence) continue;
        // Where that failed it may be gone or there: delivered in any case.
        model_.Acknowledged(entry.partner_system, entry.key, entry.epoch);
      }
    }
    if (status.ok()) model_.Outbox(All());
    return status;
  }

 private:
  std::vector<migration::OutboxEntry> All() {
    std::vector<migration::OutboxEntry> all;
    const std::vector<migration::OutboxEntry> oldest_of_each = *store_->ListOldestCancels();
    for (const migration::OutboxEntry& oldest : oldest_of_each) {
      const auto entries = *store_->ListOutbox(oldest.partner_system, 0, kAll);
      all.insert(all.end(), entries.begin(), entries.end());
    }
    return all;
  }

  const std::unique_ptr<migration::MigrationStore> store_;
  Model& model_;
};

class ObservedVisitorStore final : public migration::VisitorStore {
 public:
  ObservedVisitorStore(std::unique_ptr<migration::VisitorStore> store, Model& model, SystemName partner)
      : store_(std::move(store)), model_(model), partner_(std::move(partner)) {
    const std::vector<migration::Visit> visitors = store_->ListVisitors("", "", kAll)->entries;
    std::map<UserKey, Epoch> cancelled;
    for (const UserKey& user : model_.Users()) {
      const auto epoch = *store_->FindCancelled({"north", user});
      if (epoch) cancelled[user] = *epoch;
    }
    model_.PartnerStarts(partner_, visitors, cancelled);
  }

  absl::StatusOr<std::vector<migration::ExpectedVisitor>> FindExpected(const migration::VisitorKey& key,
                                                                       const std::string& domain) override {
    return store_->FindExpected(key, domain);
  }
  absl::Status ImportExpected(absl::Span<const migration::ExpectedVisitor> entries) override {
    return store_->ImportExpected(entries);
  }
  absl::StatusOr<std::vector<VisitOutcome>> Apply(absl::Span<const migration::VisitorChange> changes) override {
    absl::StatusOr<std::vector<VisitOutcome>> outcomes = store_->Apply(changes);
    if (!outcomes.ok()) model_.UncertainVisit(partner_);
    for (size_t i = 0; i < changes.size() && outcomes.ok(); ++i) {
      const auto* visit = std::get_if<migration::Visit>(&changes[i]);
      if (visit == nullptr) {
        model_.Cancelled(partner_, std::get<migration::CancelVisit>(changes[i]));
      } else if ((*outcomes)[i] == VisitOutcome::kInstalled) {
        model_.Visited(partner_, *visit);
      }
    }
    return outcomes;
  }
  [[nodiscard]] absl::StatusOr<bool> ReconciliationPending() const override { return store_->ReconciliationPending(); }
  absl::Status SetReconciled() override { return store_->SetReconciled(); }
  [[nodiscard]] absl::StatusOr<migration::FrozenStore> Freeze() const override { return store_->Freeze(); }
  absl::StatusOr<uint64_t> CountVisitors() override { return store_->CountVisitors(); }
  absl::StatusOr<std::optional<migration::Visitor>> FindVisitor(const migration::VisitorKey& key) override {
    return store_->FindVisitor(key);
  }
  absl::StatusOr<VisitorPage> ListVisitors(const SystemName& primary_system, const std::string& after,
                                           size_t limit) override {
    return store_->ListVisitors(primary_system, after, limit);
  }
  absl::StatusOr<ExpectedPage> ListExpected(const std::string& after, size_t limit) override {
    return store_->ListExpected(after, limit);
  }
  absl::StatusOr<std::optional<Epoch>> FindCancelled(const migration::VisitorKey& key) override {
    return store_->FindCancelled(key);
  }
  absl::StatusOr<std::string> ForgetCancelled(absl::Time time, const std::string& after, size_t limit) override {
    return store_->ForgetCancelled(time, after, limit);
  }

 private:
  const std::unique_ptr<migration::VisitorStore> store_;
  Model& model_;
  const SystemName partner_;
};

}  // namespace

std::unique_ptr<migration::MigrationStore> Observe(std::unique_ptr<migration::MigrationStore> store, Model& model,
                                                   bool restored) {
  return std::make_unique<ObservedMigrationStore>(std::move(store), model, restored);
}

std::unique_ptr<migration::VisitorStore> Observe(std::unique_ptr<migration::VisitorStore> store, Model& model,
                                                 const identity::SystemName& partner) {
  return std::make_unique<ObservedVisitorStore>(std::move(store), model, partner);
}

}  // namespace mcmig::simulation
