#include "common/register/visitor_register.h"

#include <utility>

#include "common/register/apply_in_order.h"
#include "common/register/commit_metrics.h"

namespace mcmig::migration {

VisitorRegister::VisitorRegister(VisitorStore& store, size_t max_waiting, ops::Metrics* metrics, WriteLater later)
    : store_(store),
      gate_(store.ReconciliationPending()),
      writer_([this](std::vector<Work> group) { return Apply(std::move(group)); }, max_waiting,
              CommitMetrics(metrics, "visitor"), std::move(later)) {
  if (metrics == nullptr) return;
  MeasureUsers(*metrics, "visitor", [this]() -> std::optional<double> {
    const absl::StatusOr<uint64_t> users = store_.CountVisitors();
    if (!users.ok()) return std::nullopt;
    return static_cast<double>(*users);
  });
  MeasureUnreconciled(*metrics, "visitor", [this] { return static_cast<double>(gate_.Waiting().size()); });
}

std::vector<absl::StatusOr<VisitOutcome>> VisitorRegister::Apply(std::vector<Work> group) {
  return ApplyInOrder(
      std::move(group), [this](const std::vector<VisitorChange>& changes) { return store_.Apply(changes); },
      [this](const Work& work) { return Do(work); }, VisitOutcome::kInstalled);
}

absl::Status VisitorRegister::Do(const Work& work) {
  const auto* entries = std::get_if<std::vector<ExpectedVisitor>>(&work);
  if (entries != nullptr) return store_.ImportExpected(*entries);
  if (std::holds_alternative<Reconciled>(work)) return store_.SetReconciled();
  return Do(std::get<Forget>(work));
}

absl::Status VisitorRegister::Do(const Forget& forget) {
  absl::StatusOr<std::string> next = store_.ForgetCancelled(forget.time, forget.after, forget.limit);
  if (!next.ok()) return next.status();
  *forget.next = *std::move(next);
  return absl::OkStatus();
}

absl::StatusOr<std::vector<ExpectedVisitor>> VisitorRegister::FindExpected(const VisitorKey& key,
                                                                           const std::string& domain) const {
  return store_.FindExpected(key, domain);
}

async::Task<absl::StatusOr<VisitOutcome>> VisitorRegister::Install(async::Executor& executor, Visit visit) {
  co_return co_await writer_.Commit(executor, VisitorChange(std::move(visit)));
}

async::Task<absl::StatusOr<VisitOutcome>> VisitorRegister::Cancel(async::Executor& executor, CancelVisit cancel) {
  co_return co_await writer_.Commit(executor, VisitorChange(std::move(cancel)));
}

async::Task<absl::Status> VisitorRegister::ImportExpected(async::Executor& executor,
                                                          std::vector<ExpectedVisitor> entries) {
  absl::StatusOr<VisitOutcome> outcome = co_await writer_.Commit(executor, std::move(entries));
  co_return outcome.status();
}

async::Task<absl::StatusOr<std::string>> VisitorRegister::ForgetCancelled(async::Executor& executor, absl::Time time,
                                                                          std::string after, size_t limit) {
  std::string next;
  Forget forget{.time = time, .after = std::move(after), .limit = limit, .next = &next};
  absl::StatusOr<VisitOutcome> outcome = co_await writer_.Commit(executor, std::move(forget));
  if (!outcome.ok()) co_return outcome.status();
  co_return next;
}

async::Task<absl::Status> VisitorRegister::PassGate(async::Executor& executor, identity::SystemName system) {
  if (!gate_.Pass(system)) co_return absl::OkStatus();
  absl::StatusOr<VisitOutcome> outcome = co_await writer_.Commit(executor, Reconciled());
  co_return outcome.status();
}

absl::StatusOr<std::optional<Visitor>> VisitorRegister::FindVisitor(const VisitorKey& key) const {
  return store_.FindVisitor(key);
}

absl::StatusOr<VisitorStore::VisitorPage> VisitorRegister::ListVisitors(const identity::SystemName& primary_system,
                                                                        const std::string& after, size_t limit) const {
  return store_.ListVisitors(primary_system, after, limit);
}

absl::StatusOr<VisitorStore::ExpectedPage> VisitorRegister::ListExpected(const std::string& after, size_t limit) const {
  return store_.ListExpected(after, limit);
}

}  // namespace mcmig::migration
