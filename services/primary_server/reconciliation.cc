#include "services/primary_server/reconciliation.h"

#include <glog/logging.h>

#include <algorithm>
#include <optional>
#include <string>
#include <utility>

#include "common/agreement/agreement.h"
#include "common/async/all.h"
#include "common/async/sleep.h"
#include "services/primary_server/cancellable.h"

namespace mcmig::primary_server {
namespace {

using identity::SystemName;
using protocol::ReconcilePage;

constexpr uint32_t kPage = 200;
constexpr absl::Duration kDeadline = absl::Seconds(5);  // of one call
// Between attempts: doubled from the first to the last.
constexpr absl::Duration kFirstDelay = absl::Milliseconds(250);
constexpr absl::Duration kLongestDelay = absl::Seconds(30);

}  // namespace

std::vector<SystemName> Reconciliation::PartnersOf(const identity::SystemTable& systems) {
  std::vector<SystemName> partners;
  for (const identity::SystemTable::System& system : systems.systems()) {
    if (system.own) continue;
    const bool may_migrate = !agreement::OwnUserServices(system).empty() || system.config.has_visitors_entry();
    if (may_migrate) partners.push_back(system.config.name());
  }
  return partners;
}

async::Task<> Reconciliation::Run(async::Executor& executor, async::CancelSignal& stop) {
  std::vector<async::Task<>> partners;
  for (const SystemName& partner : doors_.migrations->gate().Waiting()) {
    partners.push_back(Repeat(executor, stop, partner));
  }
  if (!partners.empty()) LOG(WARNING) << "the register was restored: nobody may migrate until it has been compared";
  co_await async::All(executor, std::move(partners));
}

async::Task<> Reconciliation::Repeat(async::Executor& executor, async::CancelSignal& stop, SystemName partner) {
  absl::Status last;
  // An operator may let it pass, too.
  for (absl::Duration delay = kFirstDelay; !doors_.migrations->gate().Check(partner).ok();
       delay = std::min(delay * 2, kLongestDelay)) {
    const absl::StatusOr<ReconciliationReport> report = co_await Compare(executor, stop, partner);
    if (stop.cancelled()) co_return;
    if (report.ok()) {
      LOG(WARNING) << "the restored register has been compared with MC system " << partner << ": " << report->served
                   << " own users are served there, " << report->cancelled << " of them not on record were cancelled";
      co_return;
    }
    if (report.status().code() != last.code()) {
      LOG(WARNING) << "comparison of the restored register with MC system " << partner << ": " << report.status();
    }
    last = report.status();
    const bool reached = co_await async::Sleep(executor, doors_.clock->Now() + delay, &stop);
    if (!reached) co_return;
  }
}

async::Task<absl::StatusOr<ReconciliationReport>> Reconciliation::Compare(async::Executor& executor,
                                                                          async::CancelSignal& stop,
                                                                          SystemName partner) {
  protocol::PartnerHop* hop = doors_.ways.To(partner);
  if (hop == nullptr) co_return absl::NotFoundError("no way to that MC system");
  Comparison comparison{.executor = executor, .stop = stop, .partner = partner, .hop = *hop, .report = {}};
  absl::Status status = co_await CompareAll(comparison);
  if (status.ok()) status = co_await doors_.migrations->PassGate(executor, partner);
  if (!status.ok()) co_return status;
  co_return comparison.report;
}

async::Task<absl::Status> Reconciliation::CompareAll(Comparison& comparison) const {
  protocol::ReconcileRequest request{.asked_system = doors_.ways.NameFor(comparison.partner), .page_size = kPage};
  size_t listed = 0;
  do {
    const protocol::Call call =
        protocol::BackgroundCall(comparison.executor, comparison.stop, doors_.clock->Now() + kDeadline);
    const absl::StatusOr<ReconcilePage> page = co_await comparison.hop.ReconcileMigrations(call, request);
    if (!page.ok()) co_return page.status();
    // Pages count, too: empty ones without end would keep the comparison from its end.
    listed += 1 + page->entries.size();
    if (listed > kMostMigrations) co_return absl::ResourceExhaustedError("more users are served than can be compared");
    for (const ReconcilePage::Entry& entry : page->entries) {
      const absl::StatusOr<bool> over = IsOver(comparison, entry);
      if (!over.ok()) co_return over.status();
      ++comparison.report.served;
      if (!*over) continue;
      absl::Status cancelled = co_await Cancel(comparison, entry);
      if (!cancelled.ok()) co_return cancelled;
      ++comparison.report.cancelled;
    }
    request.page_token = page->next_page_token;
  } while (!request.page_token.empty());
  co_return absl::OkStatus();
}

absl::StatusOr<bool> Reconciliation::IsOver(const Comparison& comparison, const ReconcilePage::Entry& entry) const {
  const migration::UserKey key{entry.user.primary_mc_service_id.canonical(), entry.user.service};
  const absl::StatusOr<migration::Snapshot> snapshot = doors_.migrations->Read(key, comparison.partner);
  if (!snapshot.ok()) return snapshot.status();
  const std::optional<migration::Record>& record = snapshot->record;
  if (!record && !snapshot->user.has_value()) return false;
  return IsCancellable(*doors_.migrations,
                       {.key = key, .record = record, .partner = comparison.partner, .epoch = entry.epoch});
}

// Not by the outbox: the gate stays closed until the partner has noted it.
async::Task<absl::Status> Reconciliation::Cancel(Comparison& comparison, const ReconcilePage::Entry& entry) const {
  const identity::McServiceId& user = entry.user.primary_mc_service_id;
  absl::StatusOr<std::string> text =
      doors_.signatures.OfCancel(user, entry.user.service, entry.epoch, comparison.partner, doors_.clock->Now());
  if (!text.ok()) co_return text.status();
  const protocol::CancelRequest request{.primary_mc_service_id = user,
                                        .service = entry.user.service,
                                        .epoch = entry.epoch,
                                        .partner_system = doors_.ways.NameFor(comparison.partner),
                                        .signed_cancel = *std::move(text)};
  const protocol::Call call =
      protocol::BackgroundCall(comparison.executor, comparison.stop, doors_.clock->Now() + kDeadline);
  co_return co_await comparison.hop.CancelMigration(call, request);
}

}  // namespace mcmig::primary_server
