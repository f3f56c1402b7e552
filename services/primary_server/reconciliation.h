#ifndef SERVICES_PRIMARY_SERVER_RECONCILIATION_H_
#define SERVICES_PRIMARY_SERVER_RECONCILIATION_H_

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/async/cancel.h"
#include "common/async/clock.h"
#include "common/async/executor.h"
#include "common/async/task.h"
#include "common/identity/peer.h"
#include "common/identity/system_table.h"
#include "common/protocol/lifecycle.h"
#include "common/register/migration_register.h"
#include "services/primary_server/partner_ways.h"
#include "services/primary_server/signatures.h"

namespace mcmig::primary_server {

// What reconciliation needs of the world. All that is pointed to outlives it.
struct ReconciliationDoors {
  migration::MigrationRegister* migrations = nullptr;
  PartnerWays ways;
  Signatures signatures = {};  // NOLINT(readability-redundant-member-init): so that it need not be named
  const async::Clock* clock = nullptr;
};

// What one comparison with a partner MC system found and did.
struct ReconciliationReport {
  uint64_t served = 0;     // own users that the partner serves
  uint64_t cancelled = 0;  // of them not on record there with this epoch: the partner was told to serve them no more
};

// Asks partner MC systems whom of the own users they serve, and tells them to serve no more those who are not on record
// there (an extension). After a restore every partner is asked before anything is permitted: whoever was recorded after
// the backup may be served somewhere, and would be served twice. Users of whom this server knows nothing are passed
// over: another server of this MC system may hold them. Thread-compatible; runs on one executor.
class Reconciliation {
 public:
  explicit Reconciliation(ReconciliationDoors doors) : doors_(std::move(doors)) {}

  // Those that have to be compared with: where own users may be, as far as the table tells.
  static std::vector<identity::SystemName> PartnersOf(const identity::SystemTable& systems);

  // Compares with each partner that the register's gate waits for, again and again until it has passed or `stop`.
  async::Task<> Run(async::Executor& executor, async::CancelSignal& stop);

  // One comparison, and past the gate where OK. NOT_FOUND where there is no way to `partner`; RESOURCE_EXHAUSTED where
  // it gives more than kMostMigrations; else what the calls came to.
  async::Task<absl::StatusOr<ReconciliationReport>> Compare(async::Executor& executor, async::CancelSignal& stop,
                                                            identity::SystemName partner);

  static constexpr size_t kMostMigrations = 4'000'000;

 private:
  struct Comparison {
    async::Executor& executor;
    async::CancelSignal& stop;
    const identity::SystemName partner;
    protocol::PartnerHop& hop;
    ReconciliationReport report;
  };
  async::Task<> Repeat(async::Executor& executor, async::CancelSignal& stop, identity::SystemName partner);
  async::Task<absl::Status> CompareAll(Comparison& comparison) const;
  [[nodiscard]] absl::StatusOr<bool> IsOver(const Comparison& comparison,
                                            const protocol::ReconcilePage::Entry& entry) const;
  async::Task<absl::Status> Cancel(Comparison& comparison, const protocol::ReconcilePage::Entry& entry) const;

  const ReconciliationDoors doors_;
};

}  // namespace mcmig::primary_server

#endif  // SERVICES_PRIMARY_SERVER_RECONCILIATION_H_
