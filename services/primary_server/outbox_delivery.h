#ifndef SERVICES_PRIMARY_SERVER_OUTBOX_DELIVERY_H_
#define SERVICES_PRIMARY_SERVER_OUTBOX_DELIVERY_H_

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/time/time.h"
#include "common/async/cancel.h"
#include "common/async/clock.h"
#include "common/async/executor.h"
#include "common/async/task.h"
#include "common/identity/peer.h"
#include "common/ops/metrics.h"
#include "common/protocol/next_hop.h"
#include "common/register/migration_register.h"
#include "services/primary_server/partner_ways.h"
#include "services/primary_server/signatures.h"

namespace mcmig::primary_server {

// What delivery needs of the world. All that is pointed to outlives it.
struct OutboxDoors {
  migration::MigrationRegister* migrations = nullptr;
  // The partner MC systems to deliver to.
  std::vector<identity::SystemName> partners;
  // A partner to which there is no way keeps its cancels until there is one.
  PartnerWays ways;
  // Every cancel is signed as it is sent.
  Signatures signatures = {};  // NOLINT(readability-redundant-member-init): so that it need not be named
  const async::Clock* clock = nullptr;
};

// When the outbox is looked at: after `idle` where all was delivered, else after a delay that doubles from there to
// `longest`.
struct DeliveryPolicy {
  absl::Duration idle = absl::Milliseconds(250);
  absl::Duration longest = absl::Seconds(30);
  absl::Duration deadline = absl::Seconds(5);  // of one call
  size_t page = 128;
  size_t at_once = 16;  // calls to one partner
};

// Tells partner MC systems whom the primary has taken back: every cancel of the outbox, until it is acknowledged
// durably (an extension). Each partner by itself, so that one that is away holds up no other; within a partner a cancel
// that fails holds up no later one, unless the partner is away. Cancels may arrive twice and in any order: the epoch
// fences them. Several servers may deliver from one store. Thread-compatible; runs on one executor.
class OutboxDelivery {
 public:
  explicit OutboxDelivery(OutboxDoors doors, DeliveryPolicy policy = {}) : doors_(std::move(doors)), policy_(policy) {}

  // For each partner: how long its oldest cancel has waited, in seconds; 0 where none waits. Read when asked for.
  void Measure(ops::Metrics& metrics) const;

  // Delivers until `stop`.
  async::Task<> Run(async::Executor& executor, async::CancelSignal& stop);
  // Delivers what is in the outbox for `partner` now. UNAVAILABLE where the partner is away; the first failure where
  // some could not be delivered; what could be is delivered.
  async::Task<absl::Status> Deliver(async::Executor& executor, async::CancelSignal& stop, identity::SystemName partner);

 private:
  struct Batch;
  async::Task<> DeliverTo(async::Executor& executor, async::CancelSignal& stop, identity::SystemName partner);
  async::Task<> Send(Batch& batch);

  const OutboxDoors doors_;
  const DeliveryPolicy policy_;
};

}  // namespace mcmig::primary_server

#endif  // SERVICES_PRIMARY_SERVER_OUTBOX_DELIVERY_H_
