#ifndef COMMON_PROTOCOL_NEXT_HOP_H_
#define COMMON_PROTOCOL_NEXT_HOP_H_

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/async/task.h"
#include "common/protocol/authorization.h"
#include "common/protocol/call.h"
#include "common/protocol/lifecycle.h"

// The server that a request goes to next: a gateway or an MC service server. The product's implementations are in
// common/rpc, the simulated ones deliver to a handler. Thread-safe.
//
// Each function asks once, within call.deadline and until call.cancel; `request` outlives the task. OK is an answer
// that was checked. Else, with a text that names nothing of the next hop: UNAVAILABLE, DEADLINE_EXCEEDED, CANCELLED,
// INTERNAL: outcome unknown. INVALID_ARGUMENT, UNAUTHENTICATED, PERMISSION_DENIED, RESOURCE_EXHAUSTED: refused as a
// call, nothing recorded.
namespace mcmig::protocol {

// Towards the primary MC system, as clients and servers ask.
class NextHop {
 public:
  virtual ~NextHop() = default;
  // OK is a decision: the answer was checked against what was sent.
  virtual async::Task<absl::StatusOr<Decision>> AuthorizeMigration(const Call& call,
                                                                   const AuthorizationRequest& request) = 0;
  virtual async::Task<absl::StatusOr<EndAnswer>> EndMigration(const Call& call, const EndRequest& request) = 0;
};

// The partner MC service server, as its clients ask it.
class PartnerServerHop : public NextHop {
 public:
  // As it came.
  virtual async::Task<absl::StatusOr<v1::GetMigrationStatusResponse>> GetMigrationStatus(const Call& call,
                                                                                         const MigratingUser& user) = 0;
};

// Towards the primary MC system, between servers.
class PrimaryHop : public NextHop {
 public:
  // Those on record at the asking MC system.
  virtual async::Task<absl::StatusOr<ReconcilePage>> ReconcileMigrations(const Call& call,
                                                                         const ReconcileRequest& request) = 0;
};

// Towards a partner MC system, between servers.
class PartnerHop {
 public:
  virtual ~PartnerHop() = default;
  // OK: the cancel is noted durably.
  virtual async::Task<absl::Status> CancelMigration(const Call& call, const CancelRequest& request) = 0;
  // The users of the asking MC system that are served there.
  virtual async::Task<absl::StatusOr<ReconcilePage>> ReconcileMigrations(const Call& call,
                                                                         const ReconcileRequest& request) = 0;
};

}  // namespace mcmig::protocol

#endif  // COMMON_PROTOCOL_NEXT_HOP_H_
