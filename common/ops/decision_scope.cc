#include "common/ops/decision_scope.h"

#include <utility>

namespace mcmig::ops {

DecisionScope::DecisionScope(const DecisionSource& source, const protocol::Call& call)
    : log_(*source.log), clock_(*source.clock), note_(call.note) {
  entry_.role = source.role;
  entry_.steps = source.steps;
  entry_.trace_id = call.trace_id;
  entry_.peer_system = call.peer.system;
  entry_.status = absl::CancelledError("dropped before a decision");
  entry_.received = clock_.Now();
}

DecisionScope::~DecisionScope() {
  entry_.elapsed = clock_.Now() - entry_.received;
  log_.Record(entry_);
  if (note_ == nullptr) return;
  *note_ = {.role = entry_.role,
            .request_id = std::move(entry_.request_id),
            .decision = entry_.decision,
            .status = std::move(entry_.status)};
}

void DecisionScope::Names(const protocol::RequestId& request_id) { entry_.request_id = request_id.Hex(); }

void DecisionScope::BeginNextHop() { next_hop_began_ = clock_.Now(); }

void DecisionScope::EndNextHop() { entry_.next_hop += clock_.Now() - next_hop_began_; }

void DecisionScope::Ends(const absl::StatusOr<protocol::Decision>& decision) {
  entry_.status = decision.status();
  entry_.decision = decision.ok() ? *decision : protocol::Decision{.rule = failing_rule_};
}

}  // namespace mcmig::ops
