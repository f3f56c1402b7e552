#ifndef COMMON_OPS_DECISION_SCOPE_H_
#define COMMON_OPS_DECISION_SCOPE_H_

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/async/clock.h"
#include "common/ops/decision_log.h"
#include "common/protocol/authorization.h"
#include "common/protocol/call.h"
#include "common/protocol/call_note.h"

namespace mcmig::ops {

// Where decisions go and whose they are: the same for all calls of a handler. The pointers outlive every scope.
struct DecisionSource {
  DecisionLog* log = nullptr;
  const async::Clock* clock = nullptr;
  // As in DecisionEntry; literals.
  const char* role = "";
  const char* steps = "";
};

// Writes exactly one entry about one call, to the log and as the call's note: when it goes out of scope, however the
// call ends. Until Ends, the entry says
// CANCELLED, so that a call that is dropped never looks decided. Lives in the handler's frame; executor's thread.
class DecisionScope {
 public:
  DecisionScope(const DecisionSource& source, const protocol::Call& call);
  ~DecisionScope();
  DecisionScope(const DecisionScope&) = delete;
  DecisionScope& operator=(const DecisionScope&) = delete;

  // When the call came in.
  [[nodiscard]] absl::Time received() const { return entry_.received; }
  void Names(const protocol::RequestId& request_id);
  // Around each wait for a next hop.
  void BeginNextHop();
  void EndNextHop();
  // Which rule it was, a literal, if the call ends without a decision; else it says nothing.
  void FailsBy(const char* rule) { failing_rule_ = rule; }
  // How the call ended, with the full inside cause. The last one counts.
  void Ends(const absl::StatusOr<protocol::Decision>& decision);

 private:
  DecisionLog& log_;
  const async::Clock& clock_;
  protocol::CallNote* const note_;
  DecisionEntry entry_;
  absl::Time next_hop_began_;
  const char* failing_rule_ = "";
};

}  // namespace mcmig::ops

#endif  // COMMON_OPS_DECISION_SCOPE_H_
