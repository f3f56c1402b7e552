#include "services/partner_server/reconciliation.h"

#include <glog/logging.h>

#include <algorithm>
#include <optional>
#include <string>

#include "absl/hash/hash.h"
#include "absl/types/span.h"
#include "common/async/all.h"
#include "common/async/sleep.h"
#include "common/audit/call_record.h"

namespace mcmig::partner_server {

using identity::SystemName;
using migration::Visit;
using migration::VisitorKey;
using migration::VisitorStore;
using protocol::Epoch;
using protocol::ReconcilePage;

// One comparison that runs.
struct Reconciliation::Comparison {
  async::Executor& executor;
  async::CancelSignal& stop;
  const SystemName primary;
  protocol::PrimaryHop& hop;
  // The visitors that were there before the primary was asked and that it has not named, as hashes: two of a million
  // visitors share one once in a million comparisons, and then one of them stays until the next. The primary is asked
  // about each once more before it is ended: pages of several servers say nothing of what they left out.
  absl::flat_hash_set<size_t> unconfirmed;
  // Pages and migrations that the primary gave.
  size_t listed = 0;
  Orphans orphans;
  ReconciliationReport report;
};

namespace {

// Between pages of the own register, so that calls go on meanwhile.
constexpr absl::Duration kPause = absl::Milliseconds(2);

size_t HashOf(const VisitorKey& key, const Epoch& epoch) {
  return absl::HashOf(key.primary_system, key.user.canonical_id, static_cast<int>(key.user.service), epoch.incarnation,
                      epoch.counter);
}

}  // namespace

std::vector<SystemName> Reconciliation::PrimariesOf(const identity::SystemTable& systems) {
  std::vector<SystemName> primaries;
  for (const identity::SystemTable::System& system : systems.systems()) {
    if (!system.own && system.config.has_entry()) primaries.push_back(system.config.name());
  }
  return primaries;
}

async::Task<> Reconciliation::Run(async::Executor& executor, async::CancelSignal& stop) {
  std::vector<async::Task<>> primaries;
  for (const SystemName& primary : PrimariesOf(*doors_.systems)) primaries.push_back(Repeat(executor, stop, primary));
  co_await async::All(executor, std::move(primaries));
}

async::Task<> Reconciliation::Repeat(async::Executor& executor, async::CancelSignal& stop, SystemName primary) {
  absl::Status last;
  for (;;) {
    const absl::StatusOr<ReconciliationReport> report = co_await Compare(executor, stop, primary);
    if (stop.cancelled()) co_return;
    if (report.status().code() != last.code()) {
      LOG(WARNING) << "reconciliation with MC system " << primary << ": " << report.status();
    }
    last = report.status();
    if (report.ok() && report->orphans_ended + report->visitors_ended + report->visitors_expired > 0) {
      LOG(WARNING) << "reconciliation with MC system " << primary << ": " << report->orphans_ended
                   << " records without a visitor ended, " << report->visitors_ended
                   << " visitors not on record ended, " << report->visitors_expired << " visitors expired";
    }
    const absl::Duration pause = report.ok() ? policy_.interval : std::min(policy_.after_failure, policy_.interval);
    const bool reached = co_await async::Sleep(executor, doors_.clock->Now() + pause, &stop);
    if (!reached) co_return;
  }
}

async::Task<absl::StatusOr<ReconciliationReport>> Reconciliation::Compare(async::Executor& executor,
                                                                          async::CancelSignal& stop,
                                                                          SystemName primary) {
  protocol::PrimaryHop* hop = doors_.gateway;
  if (hop == nullptr) {
    const auto entry = doors_.entries.find(primary);
    if (entry == doors_.entries.end()) co_return absl::NotFoundError("no way to that MC system");
    hop = entry->second;
  }
  if (!running_.insert(primary).second) co_return absl::AbortedError("a comparison with that MC system runs already");
  Comparison comparison{.executor = executor,
                        .stop = stop,
                        .primary = primary,
                        .hop = *hop,
                        .unconfirmed = {},
                        .orphans = {},
                        .report = {}};
  absl::Status compared = co_await CompareAll(comparison);
  if (compared.ok()) compared = co_await doors_.visitors->PassGate(executor, primary);
  running_.erase(primary);
  if (!compared.ok()) co_return compared;
  orphans_[primary] = std::move(comparison.orphans);
  co_return comparison.report;
}

async::Task<absl::Status> Reconciliation::CompareAll(Comparison& comparison) {
  // The visitors first: one that is installed later was recorded before, and may be in no page any more.
  absl::Status status = co_await ForEachVisitor(comparison, [&comparison](const Visit& visit) {
    comparison.unconfirmed.insert(HashOf(visit.key, visit.visitor.epoch));
  });
  if (status.ok()) status = co_await CompareRecords(comparison);
  if (status.ok()) status = co_await EndVisitors(comparison);
  co_return status;
}

async::Task<absl::Status> Reconciliation::ForEachVisitor(Comparison& comparison,
                                                         std::function<void(const Visit& visit)> each) const {
  for (std::string after;;) {
    const absl::StatusOr<VisitorStore::VisitorPage> page =
        doors_.visitors->ListVisitors(comparison.primary, after, policy_.page);
    if (!page.ok()) co_return page.status();
    for (const Visit& visit : page->entries) each(visit);
    if (page->next.empty()) co_return absl::OkStatus();
    after = page->next;
    const bool reached = co_await async::Sleep(comparison.executor, doors_.clock->Now() + kPause, &comparison.stop);
    if (!reached) co_return absl::CancelledError("the server ends");
  }
}

async::Task<absl::Status> Reconciliation::CompareRecords(Comparison& comparison) {
  protocol::ReconcileRequest request;
  request.page_size = policy_.page;
  do {
    const absl::StatusOr<ReconcilePage> page = co_await Ask(comparison, request);
    if (!page.ok()) co_return page.status();
    // Pages count, too: empty ones without end would keep the comparison from its end.
    comparison.listed += 1 + page->entries.size();
    if (comparison.listed > kMostMigrations) {
      co_return absl::ResourceExhaustedError("more migrations on record than can be compared");
    }
    for (const ReconcilePage::Entry& entry : page->entries) {
      // No MC system speaks for another one's users.
      if (doors_.systems->SystemOf(entry.user.primary_mc_service_id) != comparison.primary) continue;
      ++comparison.report.on_record;
      VisitorKey key{comparison.primary, {entry.user.primary_mc_service_id.canonical(), entry.user.service}};
      comparison.unconfirmed.erase(HashOf(key, entry.epoch));
      const absl::StatusOr<bool> orphan = IsOrphan(comparison, key, entry.epoch);
      if (!orphan.ok()) co_return orphan.status();
      if (!*orphan) continue;
      const absl::Status ended = co_await EndOrphan(comparison, std::move(key), entry);
      if (!ended.ok()) co_return ended;
    }
    request.page_token = page->next_page_token;
  } while (!request.page_token.empty());
  co_return absl::OkStatus();
}

absl::StatusOr<bool> Reconciliation::IsOrphan(Comparison& comparison, const VisitorKey& key, Epoch epoch) {
  const absl::StatusOr<std::optional<migration::Visitor>> visitor = doors_.visitors->FindVisitor(key);
  if (!visitor.ok()) return visitor.status();
  // A later one was installed since the page was read.
  if (visitor->has_value() && (*visitor)->epoch >= epoch) return false;
  const Orphans& before = orphans_[comparison.primary];
  const auto known = before.find(key);
  const absl::Time now = doors_.clock->Now();
  const bool same = known != before.end() && known->second.epoch == epoch;
  const absl::Time seen = same ? known->second.seen : now;
  if (seen + policy_.orphan_grace <= now) return true;
  ++comparison.report.orphans_waiting;
  if (comparison.orphans.size() < kMostOrphans) comparison.orphans[key] = {.epoch = epoch, .seen = seen};
  return false;
}

async::Task<absl::Status> Reconciliation::EndOrphan(Comparison& comparison, VisitorKey key,
                                                    const ReconcilePage::Entry& entry) {
  // An earlier visit first: a user who is at home again could be served elsewhere, and here, too.
  const absl::StatusOr<std::optional<migration::Visitor>> visitor = doors_.visitors->FindVisitor(key);
  if (!visitor.ok()) co_return visitor.status();
  if (visitor->has_value()) {
    const ReconcilePage::Entry earlier{.user = entry.user, .epoch = (*visitor)->epoch};
    const absl::Status ended = co_await EndIfOver(comparison, key, earlier);
    if (!ended.ok()) co_return ended;
  }
  protocol::EndRequest request{.user = entry.user, .epoch = entry.epoch};
  doors_.random->Fill(absl::MakeSpan(request.request_id.emplace().bytes));
  const protocol::Call call =
      protocol::BackgroundCall(comparison.executor, comparison.stop, doors_.clock->Now() + policy_.deadline);
  const absl::StatusOr<protocol::EndAnswer> answer = co_await comparison.hop.EndMigration(call, request);
  if (!answer.ok()) co_return answer.status();
  if (answer->result == protocol::EndResult::kEnded) ++comparison.report.orphans_ended;
  // Noted here, durably: an answer that still arrives must not install whom the primary has taken back. Only by the
  // primary's own word: a gateway could name any epoch, and so end a visit and keep the user out.
  co_return co_await EndIfOver(comparison, std::move(key), entry);
}

async::Task<absl::Status> Reconciliation::EndIfOver(Comparison& comparison, VisitorKey key,
                                                    ReconcilePage::Entry visit) {
  const absl::StatusOr<bool> over = co_await IsOverAtPrimary(comparison, visit);
  if (!over.ok() || !*over) co_return over.status();
  co_return co_await EndVisit(comparison, std::move(key), visit.epoch, "reconcile.not_served");
}

async::Task<absl::Status> Reconciliation::EndVisitors(Comparison& comparison) {
  std::vector<Visit> suspects;
  const absl::Time now = doors_.clock->Now();
  const auto expired = [&](const Visit& visit) { return !MayBeServed(visit.visitor, now, policy_.clock_skew); };
  const absl::Status listed = co_await ForEachVisitor(comparison, [&](const Visit& visit) {
    const bool unknown = comparison.unconfirmed.contains(HashOf(visit.key, visit.visitor.epoch));
    if (unknown || expired(visit)) suspects.push_back(visit);
  });
  if (!listed.ok()) co_return listed;
  for (Visit& visit : suspects) {
    if (!expired(visit)) {
      ReconcilePage one;
      const migration::Visitor& visitor = visit.visitor;
      absl::Status added =
          one.Add(visitor.partner_mc_service_id, visitor.primary_mc_service_id, visit.key.user.service, visitor.epoch);
      if (!added.ok()) co_return added;
      const absl::StatusOr<bool> over = co_await IsOverAtPrimary(comparison, one.entries.front());
      if (!over.ok()) co_return over.status();
      if (!*over) continue;
    }
    const bool over = expired(visit);
    ++(over ? comparison.report.visitors_expired : comparison.report.visitors_ended);
    const absl::Status ended = co_await EndVisit(comparison, std::move(visit.key), visit.visitor.epoch,
                                                 over ? "reconcile.expired" : "reconcile.not_on_record");
    if (!ended.ok()) co_return ended;
  }
  co_return absl::OkStatus();
}

async::Task<absl::StatusOr<bool>> Reconciliation::IsOverAtPrimary(Comparison& comparison,
                                                                  const ReconcilePage::Entry& visit) {
  protocol::ReconcileRequest request{.user = visit.user, .epoch = visit.epoch};
  const absl::StatusOr<ReconcilePage> page = co_await Ask(comparison, std::move(request));
  if (!page.ok()) co_return page.status();
  for (const ReconcilePage::Entry& entry : page->entries) {
    if (entry.epoch == visit.epoch) co_return false;
  }
  // A gateway that leaves a user out withdraws nobody.
  const Cancelled cancelled{
      .primary_mc_service_id = visit.user.primary_mc_service_id, .service = visit.user.service, .epoch = visit.epoch};
  const Standing standing =
      CancelStands(doors_.grants, *doors_.systems->Find(comparison.primary), cancelled, page->signed_cancel);
  if (!standing.stands) {
    LOG(WARNING) << "MC system " << comparison.primary
                 << " does not name a visit, and has not signed that it is over: " << standing.rule;
  }
  co_return standing.stands;
}

async::Task<absl::StatusOr<ReconcilePage>> Reconciliation::Ask(Comparison& comparison,
                                                               protocol::ReconcileRequest request) {
  if (&comparison.hop == doors_.gateway) request.asked_system = comparison.primary;
  const protocol::Call call =
      protocol::BackgroundCall(comparison.executor, comparison.stop, doors_.clock->Now() + policy_.deadline);
  co_return co_await comparison.hop.ReconcileMigrations(call, request);
}

async::Task<absl::Status> Reconciliation::EndVisit(Comparison& comparison, VisitorKey key, Epoch epoch,
                                                   const char* rule) const {
  const audit::Change change{.role = "partner_server",
                             .rule = rule,
                             .primary_mc_service_id = key.user.canonical_id,
                             .service = key.user.service};
  std::string record = audit::ChangeMembers(change, doors_.clock->Now());
  migration::CancelVisit cancel{.key = std::move(key), .epoch = epoch, .at = doors_.clock->Now()};
  const absl::StatusOr<migration::VisitOutcome> ended =
      co_await doors_.visitors->Cancel(comparison.executor, std::move(cancel));
  if (ended.ok()) co_await audit::Trail::RecordDone(doors_.trail, comparison.executor, std::move(record));
  co_return ended.status();
}

}  // namespace mcmig::partner_server
