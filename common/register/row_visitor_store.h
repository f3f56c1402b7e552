#ifndef COMMON_REGISTER_ROW_VISITOR_STORE_H_
#define COMMON_REGISTER_ROW_VISITOR_STORE_H_

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/register/row_store.h"
#include "common/register/visitor_store.h"

namespace mcmig::migration {

// The partner's state in rows. docs/register.md has its layout.
class RowVisitorStore final : public VisitorStore {
 public:
  // As of RowMigrationStore.
  static constexpr uint32_t kSchema = 2;
  static std::vector<std::string> Families();
  // Schema 1 lacks what is new in 2, and nothing follows from its rows.
  static absl::Status Upgrade(RowStore& rows, uint32_t schema);

  static absl::StatusOr<std::unique_ptr<VisitorStore>> Open(std::unique_ptr<RowStore> rows);

  absl::StatusOr<std::vector<ExpectedVisitor>> FindExpected(const VisitorKey& key, const std::string& domain) override;
  absl::Status ImportExpected(absl::Span<const ExpectedVisitor> entries) override;
  absl::StatusOr<std::vector<VisitOutcome>> Apply(absl::Span<const VisitorChange> changes) override;
  absl::StatusOr<uint64_t> CountVisitors() override { return visitors_.load(); }
  absl::StatusOr<std::optional<Visitor>> FindVisitor(const VisitorKey& key) override;
  absl::StatusOr<VisitorPage> ListVisitors(const identity::SystemName& primary_system, const std::string& after,
                                           size_t limit) override;
  absl::StatusOr<ExpectedPage> ListExpected(const std::string& after, size_t limit) override;
  absl::StatusOr<std::optional<protocol::Epoch>> FindCancelled(const VisitorKey& key) override;
  absl::StatusOr<std::string> ForgetCancelled(absl::Time time, const std::string& after, size_t limit) override;
  [[nodiscard]] absl::StatusOr<bool> ReconciliationPending() const override;
  absl::Status SetReconciled() override;
  [[nodiscard]] absl::StatusOr<FrozenStore> Freeze() const override;

 private:
  explicit RowVisitorStore(std::unique_ptr<RowStore> rows) : rows_(std::move(rows)) {}

  const std::unique_ptr<RowStore> rows_;
  // Changed by the writer, read by any thread.
  std::atomic<uint64_t> visitors_ = 0;
};

}  // namespace mcmig::migration

#endif  // COMMON_REGISTER_ROW_VISITOR_STORE_H_
