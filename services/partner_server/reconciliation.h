#ifndef SERVICES_PARTNER_SERVER_RECONCILIATION_H_
#define SERVICES_PARTNER_SERVER_RECONCILIATION_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/async/cancel.h"
#include "common/async/clock.h"
#include "common/async/executor.h"
#include "common/async/random.h"
#include "common/async/task.h"
#include "common/audit/trail.h"
#include "common/identity/system_table.h"
#include "common/protocol/next_hop.h"
#include "common/register/visitor_register.h"
#include "services/partner_server/primary_signatures.h"

namespace mcmig::partner_server {

// What reconciliation needs of the world; as PartnerDoors. All that is pointed to outlives it.
struct ReconciliationDoors {
  std::shared_ptr<const identity::SystemTable> systems;
  migration::VisitorRegister* visitors = nullptr;
  protocol::PrimaryHop* gateway = nullptr;
  absl::flat_hash_map<identity::SystemName, protocol::PrimaryHop*> entries;
  async::RandomSource* random = nullptr;
  const async::Clock* clock = nullptr;
  // Where it is recorded whose visit it ended. Null: nowhere.
  audit::Trail* trail = nullptr;
  // Of what primary MC systems sign.
  GrantVerifiers grants = {};  // NOLINT(readability-redundant-member-init): so that it need not be named
};

struct ReconciliationPolicy {
  absl::Duration interval = absl::Minutes(5);
  absl::Duration after_failure = absl::Seconds(10);
  // How long a record without a visitor waits for a repetition of the request.
  absl::Duration orphan_grace = absl::Minutes(1);
  absl::Duration clock_skew = absl::Seconds(30);
  absl::Duration deadline = absl::Seconds(5);  // of one call
  uint32_t page = 200;
};

// What one comparison with a primary MC system found and did.
struct ReconciliationReport {
  uint64_t on_record = 0;         // migrations that the primary records here
  uint64_t orphans_ended = 0;     // of them nobody was served: ended at the primary
  uint64_t orphans_waiting = 0;   // the same, within the grace time
  uint64_t visitors_ended = 0;    // served, and no longer on record: served no more
  uint64_t visitors_expired = 0;  // served beyond their time
};

// Compares this MC system's visitors with what each primary MC system records here, and repairs what lost answers, lost
// cancels and restored stores leave behind (an extension). Every repair is fenced by the epoch that was seen, so that
// it never touches a later migration, and a visitor is ended only where the primary, asked about this user, says so
// with a signed cancel. Thread-compatible; runs on one executor.
class Reconciliation {
 public:
  Reconciliation(ReconciliationDoors doors, ReconciliationPolicy policy) : doors_(std::move(doors)), policy_(policy) {}

  // Those that are compared with: whoever has an entry in the table.
  static std::vector<identity::SystemName> PrimariesOf(const identity::SystemTable& systems);

  // Compares with every primary MC system at once and then at each interval, until `stop`. After a failure sooner.
  async::Task<> Run(async::Executor& executor, async::CancelSignal& stop);

  // One comparison, and past the register's gate where OK. What the primary did not answer is not taken for "not on
  // record": UNAVAILABLE and every other error of the call, and RESOURCE_EXHAUSTED where it gives more than
  // kMostMigrations, leave all visitors as they are. NOT_FOUND where there is no way to `primary`. ABORTED while
  // another comparison with it runs.
  async::Task<absl::StatusOr<ReconciliationReport>> Compare(async::Executor& executor, async::CancelSignal& stop,
                                                            identity::SystemName primary);

  static constexpr size_t kMostMigrations = 4'000'000;
  // Records without a visitor whose grace time is remembered; more are looked at once these are done.
  static constexpr size_t kMostOrphans = 100'000;

 private:
  struct Orphan {
    protocol::Epoch epoch;
    absl::Time seen;  // first
  };
  using Orphans = absl::flat_hash_map<migration::VisitorKey, Orphan>;
  struct Comparison;

  async::Task<> Repeat(async::Executor& executor, async::CancelSignal& stop, identity::SystemName primary);
  async::Task<absl::Status> CompareAll(Comparison& comparison);
  // `each` is called with every visitor of the primary; not all at once, so that calls go on meanwhile.
  async::Task<absl::Status> ForEachVisitor(Comparison& comparison,
                                           std::function<void(const migration::Visit& visit)> each) const;
  async::Task<absl::Status> CompareRecords(Comparison& comparison);
  absl::StatusOr<bool> IsOrphan(Comparison& comparison, const migration::VisitorKey& key, protocol::Epoch epoch);
  async::Task<absl::Status> EndOrphan(Comparison& comparison, migration::VisitorKey key,
                                      const protocol::ReconcilePage::Entry& entry);
  // Here, where the primary MC system has signed that it is over.
  async::Task<absl::Status> EndIfOver(Comparison& comparison, migration::VisitorKey key,
                                      protocol::ReconcilePage::Entry visit);
  async::Task<absl::Status> EndVisitors(Comparison& comparison);
  // Whether the primary MC system says, and has signed, that this visit is over.
  async::Task<absl::StatusOr<bool>> IsOverAtPrimary(Comparison& comparison,
                                                    const protocol::ReconcilePage::Entry& visit);
  async::Task<absl::StatusOr<protocol::ReconcilePage>> Ask(Comparison& comparison, protocol::ReconcileRequest request);
  // `rule` is recorded, a literal.
  async::Task<absl::Status> EndVisit(Comparison& comparison, migration::VisitorKey key, protocol::Epoch epoch,
                                     const char* rule) const;

  const ReconciliationDoors doors_;
  const ReconciliationPolicy policy_;
  // By primary MC system: records without a visitor, as of the last comparison.
  absl::flat_hash_map<identity::SystemName, Orphans> orphans_;
  absl::flat_hash_set<identity::SystemName> running_;
};

}  // namespace mcmig::partner_server

#endif  // SERVICES_PARTNER_SERVER_RECONCILIATION_H_
