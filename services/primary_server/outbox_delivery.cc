#include "services/primary_server/outbox_delivery.h"

#include <glog/logging.h>

#include <algorithm>
#include <cstdint>
#include <optional>

#include "common/async/all.h"
#include "common/async/sleep.h"
#include "common/identity/mc_service_id.h"

namespace mcmig::primary_server {

using identity::SystemName;
using migration::MigrationStore;
using migration::OutboxEntry;

// One page of cancels for one partner, worked off by several tasks of one thread.
struct OutboxDelivery::Batch {
  async::Executor& executor;
  async::CancelSignal& stop;
  protocol::PartnerHop& hop;
  // The partner's name where the hop is the gateway, which has to be told.
  std::optional<SystemName> partner_system;
  std::vector<OutboxEntry> entries;
  size_t next = 0;
  std::vector<MigrationStore::Acknowledgement> acknowledged;
  absl::Status failure;
};

void OutboxDelivery::Measure(ops::Metrics& metrics) const {
  const ops::Family family{"mcmig_outbox_oldest_seconds",
                           "How long the oldest cancel for a partner MC system has waited; 0: none waits"};
  for (const SystemName& partner : doors_.partners) {
    metrics.ReadGauge(family, {{"peer_system", partner}}, [this, partner]() -> std::optional<double> {
      const absl::StatusOr<std::vector<OutboxEntry>> oldest = doors_.migrations->ListOutbox(partner, 0, 1);
      if (!oldest.ok()) return std::nullopt;
      if (oldest->empty()) return 0;
      return absl::ToDoubleSeconds(std::max(doors_.clock->Now() - oldest->front().at, absl::ZeroDuration()));
    });
  }
}

async::Task<> OutboxDelivery::Run(async::Executor& executor, async::CancelSignal& stop) {
  std::vector<async::Task<>> partners;
  for (const SystemName& partner : doors_.partners) {
    if (doors_.ways.To(partner) == nullptr) {
      LOG(WARNING) << "no way to tell MC system " << partner << " about users that are taken back from it";
      continue;
    }
    partners.push_back(DeliverTo(executor, stop, partner));
  }
  co_await async::All(executor, std::move(partners));
}

async::Task<> OutboxDelivery::DeliverTo(async::Executor& executor, async::CancelSignal& stop, SystemName partner) {
  absl::Duration delay = policy_.idle;
  absl::Status last;
  for (;;) {
    const bool reached = co_await async::Sleep(executor, doors_.clock->Now() + delay, &stop);
    if (!reached) co_return;
    absl::Status delivered = co_await Deliver(executor, stop, partner);
    if (stop.cancelled()) co_return;
    if (delivered.code() != last.code()) {
      LOG(WARNING) << "cancels for MC system " << partner << ": "
                   << (delivered.ok() ? "delivered again" : delivered.ToString());
    }
    delay = delivered.ok() ? policy_.idle : std::min(delay * 2, policy_.longest);
    last = std::move(delivered);
  }
}

async::Task<absl::Status> OutboxDelivery::Deliver(async::Executor& executor, async::CancelSignal& stop,
                                                  SystemName partner) {
  protocol::PartnerHop* hop = doors_.ways.To(partner);
  if (hop == nullptr) co_return absl::FailedPreconditionError("no way there in the system table");
  absl::Status first;
  for (uint64_t sequence = 0;;) {
    absl::StatusOr<std::vector<OutboxEntry>> entries = doors_.migrations->ListOutbox(partner, sequence, policy_.page);
    if (!entries.ok()) co_return entries.status();
    if (entries->empty()) co_return first;
    sequence = entries->back().sequence;
    Batch batch{.executor = executor,
                .stop = stop,
                .hop = *hop,
                .partner_system = doors_.ways.NameFor(partner),
                .entries = *std::move(entries),
                .acknowledged = {},
                .failure = {}};
    std::vector<async::Task<>> senders;
    const size_t count = std::min(policy_.at_once, batch.entries.size());
    senders.reserve(count);
    for (size_t i = 0; i < count; ++i) senders.push_back(Send(batch));
    co_await async::All(executor, std::move(senders));

    if (!batch.acknowledged.empty()) {
      const absl::Status forgotten = co_await doors_.migrations->Acknowledge(executor, std::move(batch.acknowledged));
      if (!forgotten.ok()) co_return forgotten;
    }
    if (first.ok()) first = batch.failure;
    const bool away = absl::IsUnavailable(batch.failure) || absl::IsDeadlineExceeded(batch.failure);
    if (away || stop.cancelled()) co_return batch.failure;
  }
}

async::Task<> OutboxDelivery::Send(Batch& batch) {
  while (batch.next < batch.entries.size() && !absl::IsUnavailable(batch.failure) && !batch.stop.cancelled()) {
    const OutboxEntry& entry = batch.entries[batch.next++];
    absl::StatusOr<identity::McServiceId> id = identity::McServiceId::Parse(entry.key.canonical_id);
    if (!id.ok()) {
      batch.failure = absl::DataLossError("a cancel without a user");
      continue;
    }
    absl::StatusOr<std::string> text =
        doors_.signatures.OfCancel(*id, entry.key.service, entry.epoch, entry.partner_system, doors_.clock->Now());
    if (!text.ok()) {
      batch.failure = text.status();
      continue;
    }
    const protocol::CancelRequest request{.primary_mc_service_id = *std::move(id),
                                          .service = entry.key.service,
                                          .epoch = entry.epoch,
                                          .partner_system = batch.partner_system,
                                          .signed_cancel = *std::move(text)};
    const protocol::Call call =
        protocol::BackgroundCall(batch.executor, batch.stop, doors_.clock->Now() + policy_.deadline);
    absl::Status told = co_await batch.hop.CancelMigration(call, request);
    if (told.ok()) {
      batch.acknowledged.push_back({.partner_system = entry.partner_system, .sequence = entry.sequence});
    } else if (!absl::IsUnavailable(batch.failure)) {
      batch.failure = std::move(told);
    }
  }
}

}  // namespace mcmig::primary_server
