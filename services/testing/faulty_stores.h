#ifndef SERVICES_TESTING_FAULTY_STORES_H_
#define SERVICES_TESTING_FAULTY_STORES_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "common/register/rocksdb_migration_store.h"
#include "common/register/rocksdb_visitor_store.h"

// Real stores on a disk that fails when told to. The directory must not hold a store that is open.
namespace mcmig::testing {

// A real store whose disk can be full.
class FaultyVisitorStore final : public migration::VisitorStore {
 public:
  explicit FaultyVisitorStore(const std::string& directory) : store_(*migration::OpenRocksDbVisitorStore(directory)) {}
  absl::StatusOr<std::vector<migration::ExpectedVisitor>> FindExpected(const migration::VisitorKey& key,
                                                                       const std::string& domain) override {
    if (unreadable) return absl::UnavailableError("disk error");
    return store_->FindExpected(key, domain);
  }
  absl::Status ImportExpected(absl::Span<const migration::ExpectedVisitor> entries) override {
    return store_->ImportExpected(entries);
  }
  absl::StatusOr<std::vector<migration::VisitOutcome>> Apply(
      absl::Span<const migration::VisitorChange> changes) override {
    if (full) return absl::UnavailableError("disk full");
    return store_->Apply(changes);
  }
  absl::StatusOr<uint64_t> CountVisitors() override { return store_->CountVisitors(); }
  absl::StatusOr<std::optional<migration::Visitor>> FindVisitor(const migration::VisitorKey& key) override {
    return store_->FindVisitor(key);
  }
  absl::StatusOr<VisitorPage> ListVisitors(const identity::SystemName& primary_system, const std::string& after,
                                           size_t limit) override {
    return store_->ListVisitors(primary_system, after, limit);
  }
  absl::StatusOr<ExpectedPage> ListExpected(const std::string& after, size_t limit) override {
    return store_->ListExpected(after, limit);
  }
  absl::StatusOr<std::optional<protocol::Epoch>> FindCancelled(const migration::VisitorKey& key) override {
    return store_->FindCancelled(key);
  }
  absl::StatusOr<std::string> ForgetCancelled(absl::Time time, const std::string& after, size_t limit) override {
    return store_->ForgetCancelled(time, after, limit);
  }
  [[nodiscard]] absl::StatusOr<bool> ReconciliationPending() const override { return store_->ReconciliationPending(); }
  absl::Status SetReconciled() override { return store_->SetReconciled(); }
  [[nodiscard]] absl::StatusOr<migration::FrozenStore> Freeze() const override { return store_->Freeze(); }
  bool unreadable = false;
  bool full = false;

 private:
  std::unique_ptr<migration::VisitorStore> store_;
};

// A real store in which something else happens just before a commit.
class FaultyMigrationStore final : public migration::MigrationStore {
 public:
  explicit FaultyMigrationStore(const std::string& directory)
      : store_(*migration::OpenRocksDbMigrationStore(directory)) {}
  [[nodiscard]] uint64_t incarnation() const override { return store_->incarnation(); }
  absl::StatusOr<migration::Snapshot> Read(const migration::UserKey& key, const std::string& partner) override {
    if (unreadable) return absl::DataLossError("row of sip:alice@north.example cannot be read");
    return store_->Read(key, partner);
  }
  absl::StatusOr<std::vector<migration::CommitOutcome>> Apply(
      absl::Span<const migration::Mutation> mutations) override {
    if (full) return absl::UnavailableError("disk full");
    if (before_apply) before_apply(*store_);
    return store_->Apply(mutations);
  }
  absl::Status SetAgreements(
      const absl::flat_hash_map<identity::SystemName, std::vector<protocol::McService>>& agreements) override {
    return store_->SetAgreements(agreements);
  }
  absl::Status ImportProfiles(absl::Span<const ProfileEntry> entries) override {
    return store_->ImportProfiles(entries);
  }
  absl::StatusOr<size_t> RemoveProfiles(const ProfileSelection& selection) override {
    return store_->RemoveProfiles(selection);
  }
  absl::StatusOr<std::vector<RecordEntry>> ListRecords(const std::optional<migration::UserKey>& after,
                                                       size_t limit) override {
    return store_->ListRecords(after, limit);
  }
  absl::StatusOr<uint64_t> CountMigrated() override { return store_->CountMigrated(); }
  absl::StatusOr<RecordPage> ListRecordsAt(const identity::SystemName& partner,
                                           const std::optional<migration::UserKey>& after, size_t limit) override {
    return store_->ListRecordsAt(partner, after, limit);
  }
  absl::StatusOr<std::vector<migration::UserKey>> ListExpired(absl::Time time, size_t limit) override {
    return store_->ListExpired(time, limit);
  }
  absl::StatusOr<std::vector<migration::JournalEntry>> ListJournal(uint64_t sequence, size_t limit) override {
    return store_->ListJournal(sequence, limit);
  }
  absl::StatusOr<uint64_t> LastSequence() override {
    ++looks;
    return store_->LastSequence();
  }
  absl::StatusOr<std::vector<migration::JournalEntry>> ListHistory(const migration::UserKey& key, uint64_t sequence,
                                                                   size_t limit) override {
    return store_->ListHistory(key, sequence, limit);
  }
  absl::StatusOr<std::vector<migration::OutboxEntry>> ListOutbox(const std::string& partner, uint64_t sequence,
                                                                 size_t limit) override {
    return store_->ListOutbox(partner, sequence, limit);
  }
  absl::StatusOr<std::vector<migration::OutboxEntry>> ListOldestCancels() override {
    return store_->ListOldestCancels();
  }
  absl::Status Acknowledge(absl::Span<const Acknowledgement> cancels) override { return store_->Acknowledge(cancels); }
  [[nodiscard]] absl::StatusOr<bool> ReconciliationPending() const override { return store_->ReconciliationPending(); }
  absl::Status SetReconciled() override { return store_->SetReconciled(); }
  [[nodiscard]] absl::StatusOr<migration::FrozenStore> Freeze() const override { return store_->Freeze(); }
  bool unreadable = false;
  bool full = false;
  // How often the end of the journal was asked for.
  int looks = 0;
  std::function<void(migration::MigrationStore&)> before_apply;

 private:
  std::unique_ptr<migration::MigrationStore> store_;
};

}  // namespace mcmig::testing

#endif  // SERVICES_TESTING_FAULTY_STORES_H_
