#ifndef COMMON_REGISTER_POSTGRESQL_VISITOR_STORE_H_
#define COMMON_REGISTER_POSTGRESQL_VISITOR_STORE_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/register/postgresql/database.h"
#include "common/register/visitor_store.h"

namespace mcmig::migration {

// The partner's state in a PostgreSQL database, as PostgreSqlMigrationStore. Beyond VisitorStore: INVALID_ARGUMENT for
// a place in a list that no page gave.
class PostgreSqlVisitorStore final : public VisitorStore {
 public:
  static absl::StatusOr<std::unique_ptr<VisitorStore>> Open(postgresql::SessionOptions options);

  absl::StatusOr<std::vector<ExpectedVisitor>> FindExpected(const VisitorKey& key, const std::string& domain) override;
  absl::Status ImportExpected(absl::Span<const ExpectedVisitor> entries) override;
  [[nodiscard]] absl::StatusOr<bool> ReconciliationPending() const override {
    return database_->ReconciliationPending();
  }
  absl::Status SetReconciled() override { return database_->SetReconciled(); }
  absl::StatusOr<std::vector<VisitOutcome>> Apply(absl::Span<const VisitorChange> changes) override;
  absl::StatusOr<uint64_t> CountVisitors() override { return database_->CountUsers(); }
  absl::StatusOr<std::optional<Visitor>> FindVisitor(const VisitorKey& key) override;
  absl::StatusOr<VisitorPage> ListVisitors(const identity::SystemName& primary_system, const std::string& after,
                                           size_t limit) override;
  absl::StatusOr<ExpectedPage> ListExpected(const std::string& after, size_t limit) override;
  absl::StatusOr<std::optional<protocol::Epoch>> FindCancelled(const VisitorKey& key) override;
  absl::StatusOr<std::string> ForgetCancelled(absl::Time time, const std::string& after, size_t limit) override;
  [[nodiscard]] absl::StatusOr<FrozenStore> Freeze() const override;

 private:
  explicit PostgreSqlVisitorStore(std::unique_ptr<postgresql::Database> database) : database_(std::move(database)) {}

  const std::unique_ptr<postgresql::Database> database_;
};

}  // namespace mcmig::migration

#endif  // COMMON_REGISTER_POSTGRESQL_VISITOR_STORE_H_
