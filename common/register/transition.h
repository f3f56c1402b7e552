#ifndef COMMON_REGISTER_TRANSITION_H_
#define COMMON_REGISTER_TRANSITION_H_

#include <cstddef>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/protocol/authorization.h"
#include "common/register/migration.h"

// The rules of step 7 (clause 10.6.3.3): what a request may change in the record of its user. Pure functions over a
// snapshot and a time; total; thread-safe. None of this is in the specification, which describes the success only.
//
// In a handler, for attempt 1, 2, …: read a snapshot; AnswerFromMemory; after a conflict AnswerAfterConflict; step 6;
// PlanAuthorization; commit its mutation; on any outcome but kCommitted, again.
namespace mcmig::migration {

// A user asks, through a partner MC system, to be recorded there.
struct AuthorizeCommand {
  UserKey key;
  // As received.
  std::string primary_mc_service_id;
  std::string partner_mc_service_id;
  uint8_t profile_index = 0;
  // The authenticated one.
  identity::SystemName partner_system;
  // Scoped to partner system, user and service: equal ones of two partner systems have nothing to do with each other.
  protocol::RequestId request_id;
  protocol::RequestDigest digest{};
  absl::Time issued_at;
  bool through_gateway = false;
};

// Of a request between servers, which has request_id and issued_at; one without them is as old as can be, and refused.
AuthorizeCommand CommandOf(const protocol::AuthorizationRequest& request, const identity::SystemName& partner_system,
                           bool through_gateway);

struct Policy {
  // Whether a user who is migrated elsewhere may move. Else that user is refused.
  bool move = false;
  // How long a request may be repeated.
  absl::Duration replay_window = absl::Minutes(10);
  // How far clocks of other systems may be ahead.
  absl::Duration clock_skew = absl::Seconds(30);
  // MigrationStore::incarnation().
  uint64_t incarnation = 1;
};

// Bounds of the request memory, which is part of the record. Ours: a user who migrates more often than that within one
// replay window is not a person.
constexpr size_t kMaxAnsweredPerPartner = 16;
constexpr size_t kMaxAnswered = 64;

// How often a request is decided before it is refused with kConcurrent.
constexpr int kMaxAttempts = 4;

// The answer that needs no new decision, in this order: kStaleRequest where issued_at is longer ago than the replay
// window or ahead of `now` by more than the skew; for a request_id that was answered with success, kReplayed
// (other digest), the same success (the record is still the one it made), kSuperseded (the record has moved on).
// Empty: decide anew. Refusals are never remembered.
std::optional<protocol::Decision> AnswerFromMemory(const Snapshot& snapshot, const AuthorizeCommand& command,
                                                   absl::Time now, const Policy& policy);

struct Plan {
  // A success counts only once `mutation` is committed.
  protocol::Decision decision;
  // Unset where the record stays as it is: every refusal, and an answer from memory.
  std::optional<Mutation> mutation;
};

// What to record for a request that step 6 permits on the same snapshot. At primary, or migrated to that partner MC
// system: migrated there, the next epoch. Migrated elsewhere: kMigratedElsewhere, or by policy a move, with a cancel of
// the epoch that the other partner MC system holds. The request is remembered with the record, those beyond the
// replay window (and skew, for a clock set back) are forgotten.
//
// RESOURCE_EXHAUSTED: the request memory is full; nothing recorded, possible again when the oldest entry has left the
// replay window. INTERNAL: the snapshot lacks what step 6 requires, or the record is of a later incarnation than the
// store.
absl::StatusOr<Plan> PlanAuthorization(const Snapshot& snapshot, const AuthorizeCommand& command, absl::Time now,
                                       const Policy& policy);

// Whether a request whose commit had `outcome`, after `attempts` decisions, is refused with kConcurrent: another change
// came first, and in the snapshot read since the user is not migrated to this partner MC system. Empty: decide
// anew, since only profiles or agreement changed, or the same partner MC system was faster with another request.
std::optional<protocol::Decision> AnswerAfterConflict(CommitOutcome outcome, int attempts, const Snapshot& fresh,
                                                      const AuthorizeCommand& command);

}  // namespace mcmig::migration

#endif  // COMMON_REGISTER_TRANSITION_H_
