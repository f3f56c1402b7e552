#ifndef COMMON_OPS_DECISION_LOG_H_
#define COMMON_OPS_DECISION_LOG_H_

#include <string>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "common/protocol/authorization.h"

namespace mcmig::ops {

// One decision, for operators: enough to follow a request through all processes by its request ID, and no identities.
struct DecisionEntry {
  // "partner_server", "partner_gateway", "primary_gateway", "primary_server", "client".
  const char* role = "";
  // Hex; empty where the request had none.
  std::string request_id;
  std::string trace_id;
  identity::SystemName peer_system;
  // Steps of clause 10.6.3.3 done here, e.g. "2,3,11".
  const char* steps = "";
  // The decision, or the status the call ended with.
  protocol::Decision decision;
  absl::Status status;
  absl::Time received;
  // Time in this process including the next hops, and of it the time waiting for the next hop.
  absl::Duration elapsed;
  absl::Duration next_hop;
};

// "success", "refused", or "error" where the call ended without a decision.
absl::string_view OutcomeOf(const DecisionEntry& entry);

// Where decisions are written. The product's is one line each, counted before; the simulation's a list.
// Thread-safe.
class DecisionLog {
 public:
  virtual ~DecisionLog() = default;
  virtual void Record(const DecisionEntry& entry) = 0;
};

// "decision role=… request=… outcome=… cause=… rule=… elapsed_us=… …", without an end of line. What was received cannot
// forge a key or a line in it.
std::string LineOf(const DecisionEntry& entry);

}  // namespace mcmig::ops

#endif  // COMMON_OPS_DECISION_LOG_H_
