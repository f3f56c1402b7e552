#include "common/register/reconciliation_gate.h"

namespace mcmig::migration {
namespace {

absl::Status Closed() {
  return absl::UnavailableError("the register was restored, and is being compared with the other MC systems");
}

}  // namespace

void ReconciliationGate::WaitFor(const std::vector<identity::SystemName>& systems) {
  const async::MutexLock lock(mutex_);
  told_ = true;
  if (pending_) waiting_.insert(systems.begin(), systems.end());
}

bool ReconciliationGate::Pass(const identity::SystemName& system) {
  const async::MutexLock lock(mutex_);
  return waiting_.erase(system) > 0 && waiting_.empty();
}

std::vector<identity::SystemName> ReconciliationGate::Waiting() const {
  const async::MutexLock lock(mutex_);
  return {waiting_.begin(), waiting_.end()};
}

absl::Status ReconciliationGate::Check() const {
  if (!pending_) return absl::OkStatus();
  const async::MutexLock lock(mutex_);
  return told_ && waiting_.empty() ? absl::OkStatus() : Closed();
}

absl::Status ReconciliationGate::Check(const identity::SystemName& system) const {
  if (!pending_) return absl::OkStatus();
  const async::MutexLock lock(mutex_);
  return told_ && !waiting_.contains(system) ? absl::OkStatus() : Closed();
}

}  // namespace mcmig::migration
