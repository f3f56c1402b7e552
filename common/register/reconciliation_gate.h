#ifndef COMMON_REGISTER_RECONCILIATION_GATE_H_
#define COMMON_REGISTER_RECONCILIATION_GATE_H_

#include <set>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/async/mutex.h"
#include "common/identity/peer.h"

namespace mcmig::migration {

// What a register that was restored from a backup may not do yet: what was recorded after the backup is lost until the
// register has been compared with the other MC systems (an extension). Any thread.
class ReconciliationGate {
 public:
  // `pending`: as ReconciliationPending of the store; what cannot be read counts as pending. Where pending, closed.
  explicit ReconciliationGate(const absl::StatusOr<bool>& pending) : pending_(!pending.ok() || *pending) {}

  // The MC systems that have to be compared with. Once, before the register is used; without it, a gate that is closed
  // stays closed.
  void WaitFor(const std::vector<identity::SystemName>& systems) ABSL_LOCKS_EXCLUDED(mutex_);
  // `system` has been compared with, or is not waited for any more. True where it was the last one: the store is to be
  // told.
  bool Pass(const identity::SystemName& system) ABSL_LOCKS_EXCLUDED(mutex_);
  // Those that are waited for.
  [[nodiscard]] std::vector<identity::SystemName> Waiting() const ABSL_LOCKS_EXCLUDED(mutex_);

  // OK where nothing is waited for, or not for `system`; else UNAVAILABLE.
  [[nodiscard]] absl::Status Check() const ABSL_LOCKS_EXCLUDED(mutex_);
  [[nodiscard]] absl::Status Check(const identity::SystemName& system) const ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  const bool pending_;
  mutable async::Mutex mutex_;
  bool told_ ABSL_GUARDED_BY(mutex_) = false;
  std::set<identity::SystemName> waiting_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace mcmig::migration

#endif  // COMMON_REGISTER_RECONCILIATION_GATE_H_
