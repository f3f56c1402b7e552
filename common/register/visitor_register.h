#ifndef COMMON_REGISTER_VISITOR_REGISTER_H_
#define COMMON_REGISTER_VISITOR_REGISTER_H_

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/async/executor.h"
#include "common/async/task.h"
#include "common/ops/metrics.h"
#include "common/register/group_commit.h"
#include "common/register/reconciliation_gate.h"
#include "common/register/visitor_store.h"
#include "common/register/write_later.h"

namespace mcmig::migration {

// The partner's expected-visitors list and visitor register as handlers use them: point reads at once, changes through
// one writer thread. Threads, lifetimes and errors as MigrationRegister.
class VisitorRegister {
 public:
  static constexpr size_t kMaxWaiting = 10'000;

  // `metrics`, where it is measured (nowhere where null), is not read once this object has gone. `later`: GroupCommit.
  explicit VisitorRegister(VisitorStore& store, size_t max_waiting = kMaxWaiting, ops::Metrics* metrics = nullptr,
                           WriteLater later = nullptr);

  // Step 2. Blocks for two point reads.
  [[nodiscard]] absl::StatusOr<std::vector<ExpectedVisitor>> FindExpected(const VisitorKey& key,
                                                                          const std::string& domain) const;
  // Step 11. Completes once begun. RESOURCE_EXHAUSTED, with nothing written, where too many changes wait.
  async::Task<absl::StatusOr<VisitOutcome>> Install(async::Executor& executor, Visit visit);
  // Durable when done. As Install.
  async::Task<absl::StatusOr<VisitOutcome>> Cancel(async::Executor& executor, CancelVisit cancel);
  async::Task<absl::Status> ImportExpected(async::Executor& executor, std::vector<ExpectedVisitor> entries);
  async::Task<absl::StatusOr<std::string>> ForgetCancelled(async::Executor& executor, absl::Time time,
                                                           std::string after, size_t limit);

  [[nodiscard]] absl::StatusOr<std::optional<Visitor>> FindVisitor(const VisitorKey& key) const;
  // Block for the page; at most some 1,000 for `limit`.
  [[nodiscard]] absl::StatusOr<VisitorStore::VisitorPage> ListVisitors(const identity::SystemName& primary_system,
                                                                       const std::string& after, size_t limit) const;
  [[nodiscard]] absl::StatusOr<VisitorStore::ExpectedPage> ListExpected(const std::string& after, size_t limit) const;

  // Who says that a visitor of a primary MC system is served asks first, about that system.
  [[nodiscard]] ReconciliationGate& gate() { return gate_; }
  [[nodiscard]] const ReconciliationGate& gate() const { return gate_; }
  // As ReconciliationGate::Pass; once that was the last MC system, durably. As Install.
  async::Task<absl::Status> PassGate(async::Executor& executor, identity::SystemName system);

  // As VisitorStore.
  [[nodiscard]] absl::StatusOr<FrozenStore> Freeze() const { return store_.Freeze(); }

 private:
  struct Forget {
    absl::Time time;
    std::string after;
    size_t limit;
    std::string* next;  // in the coroutine, which is parked meanwhile
  };
  struct Reconciled {};
  using Work = std::variant<VisitorChange, std::vector<ExpectedVisitor>, Forget, Reconciled>;

  std::vector<absl::StatusOr<VisitOutcome>> Apply(std::vector<Work> group);
  absl::Status Do(const Work& work);
  absl::Status Do(const Forget& forget);

  VisitorStore& store_;
  ReconciliationGate gate_;
  GroupCommit<Work, VisitOutcome> writer_;
};

}  // namespace mcmig::migration

#endif  // COMMON_REGISTER_VISITOR_REGISTER_H_
