#include "common/register/visitor_register.h"

#include <utility>

#include "common/register/apply_in_order.h"
#include "common/register/commit_metrics.h"

namespace mcmig::migration {

VisitorRegister::VisitorRegister(VisitorStore& store, size_t max_waiting, ops::Metrics* metrics)
    : store_(store),
      writer_(
          [this](std::vector<Change> changes) {
            return ApplyInOrder(
                std::move(changes), [this](const std::vector<Visit>& singles) { return store_.Apply(singles); },
                [this](const std::vector<ExpectedVisitor>& entries) { return store_.ImportExpected(entries); },
                VisitOutcome::kInstalled);
          },
          max_waiting, CommitMetrics(metrics, "visitor")) {
  if (metrics == nullptr) return;
  MeasureUsers(*metrics, "visitor", [this]() -> std::optional<double> {
    const absl::StatusOr<uint64_t> users = store_.CountVisitors();
    if (!users.ok()) return std::nullopt;
    return static_cast<double>(*users);
  });
}

absl::StatusOr<std::vector<ExpectedVisitor>> VisitorRegister::FindExpected(const VisitorKey& key,
                                                                           const std::string& domain) const {
  return store_.FindExpected(key, domain);
}

async::Task<absl::StatusOr<VisitOutcome>> VisitorRegister::Install(async::Executor& executor, Visit visit) {
  co_return co_await writer_.Commit(executor, std::move(visit));
}

async::Task<absl::Status> VisitorRegister::ImportExpected(async::Executor& executor,
                                                          std::vector<ExpectedVisitor> entries) {
  absl::StatusOr<VisitOutcome> outcome = co_await writer_.Commit(executor, std::move(entries));
  co_return outcome.status();
}

absl::StatusOr<std::optional<Visitor>> VisitorRegister::FindVisitor(const VisitorKey& key) const {
  return store_.FindVisitor(key);
}

absl::StatusOr<VisitorStore::VisitorPage> VisitorRegister::ListVisitors(const std::string& after, size_t limit) const {
  return store_.ListVisitors(after, limit);
}

absl::StatusOr<VisitorStore::ExpectedPage> VisitorRegister::ListExpected(const std::string& after, size_t limit) const {
  return store_.ListExpected(after, limit);
}

}  // namespace mcmig::migration
