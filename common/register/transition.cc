#include "common/register/transition.h"

#include <algorithm>
#include <utility>

#include "absl/status/status.h"
#include "common/protocol/pushback.h"

namespace mcmig::migration {
namespace {

using protocol::Cause;
using protocol::Decision;

Decision Refuse(Cause cause, const char* rule) { return Decision{.cause = cause, .rule = rule, .epoch = {}}; }

bool MigratedTo(const std::optional<Record>& record, const identity::SystemName& partner) {
  return record && record->state == State::kMigrated && record->partner_system == partner;
}

// What must stay remembered: everything whose repetition would not be refused as stale.
std::vector<AnsweredRequest> Pruned(const std::vector<AnsweredRequest>& answered, absl::Time now,
                                    const Policy& policy) {
  std::vector<AnsweredRequest> kept;
  kept.reserve(answered.size() + 1);
  for (const AnsweredRequest& entry : answered) {
    if (now - entry.issued_at <= policy.replay_window + policy.clock_skew) kept.push_back(entry);
  }
  return kept;
}

}  // namespace

AuthorizeCommand CommandOf(const protocol::AuthorizationRequest& request, const identity::SystemName& partner_system,
                           bool through_gateway) {
  return AuthorizeCommand{
      .key = {.canonical_id = request.primary_mc_service_id.canonical(), .service = request.service},
      .primary_mc_service_id = request.primary_mc_service_id.received(),
      .partner_mc_service_id = request.partner_mc_service_id.received(),
      .profile_index = request.profile_index,
      .partner_system = partner_system,
      .request_id = request.request_id.value_or(protocol::RequestId{}),
      .digest = protocol::DigestOf(request, partner_system),
      .issued_at = request.request_id ? request.issued_at.value_or(absl::InfinitePast()) : absl::InfinitePast(),
      .through_gateway = through_gateway};
}

std::optional<Decision> AnswerFromMemory(const Snapshot& snapshot, const AuthorizeCommand& command, absl::Time now,
                                         const Policy& policy) {
  if (now - command.issued_at > policy.replay_window) return Refuse(Cause::kStaleRequest, "step7.older_than_window");
  if (command.issued_at - now > policy.clock_skew) return Refuse(Cause::kStaleRequest, "step7.ahead_of_clock");

  const auto same =
      std::find_if(snapshot.answered.begin(), snapshot.answered.end(), [&command](const AnsweredRequest& entry) {
        return entry.partner_system == command.partner_system && entry.request_id == command.request_id;
      });
  if (same == snapshot.answered.end()) return std::nullopt;
  if (same->digest != command.digest) return Refuse(Cause::kReplayed, "step7.request_id_of_another_request");
  if (!snapshot.record || snapshot.record->epoch != same->epoch) {
    return Refuse(Cause::kSuperseded, "step7.record_has_moved_on");
  }
  return Decision{.cause = Cause::kNone, .rule = "step7.answered_before", .epoch = same->epoch};
}

absl::StatusOr<Plan> PlanAuthorization(const Snapshot& snapshot, const AuthorizeCommand& command, absl::Time now,
                                       const Policy& policy) {
  if (std::optional<Decision> answer = AnswerFromMemory(snapshot, command, now, policy)) return Plan{*answer, {}};
  if (!snapshot.user || !snapshot.agreement) return absl::InternalError("step 7 without the permission of step 6");

  const std::optional<Record>& current = snapshot.record;
  const protocol::Epoch expected = current ? current->epoch : protocol::Epoch{};
  // Epochs never repeat and never go back: such a store was restored without its incarnation.
  if (expected.incarnation > policy.incarnation) return absl::InternalError("record is later than the store");

  const bool elsewhere =
      current && current->state == State::kMigrated && current->partner_system != command.partner_system;
  if (elsewhere && !policy.move) return Plan{Refuse(Cause::kMigratedElsewhere, "step7.migrated_elsewhere"), {}};

  std::vector<AnsweredRequest> answered = Pruned(snapshot.answered, now, policy);
  const auto of_partner = std::count_if(answered.begin(), answered.end(), [&command](const AnsweredRequest& entry) {
    return entry.partner_system == command.partner_system;
  });
  if (answered.size() >= kMaxAnswered || static_cast<size_t>(of_partner) >= kMaxAnsweredPerPartner) {
    return protocol::ResourceExhausted("too many migrations of this user within the replay window",
                                       protocol::kMaxPushback);
  }

  const protocol::Epoch epoch{.incarnation = policy.incarnation, .counter = expected.counter + 1};
  answered.push_back({.partner_system = command.partner_system,
                      .request_id = command.request_id,
                      .digest = command.digest,
                      .epoch = epoch,
                      .issued_at = command.issued_at});
  Mutation mutation{.key = command.key,
                    .expected_epoch = expected,
                    .expected_profile_version = snapshot.user->version,
                    .agreement_with = command.partner_system,
                    .expected_agreement_version = snapshot.agreement->version,
                    .record = {.epoch = epoch,
                               .state = State::kMigrated,
                               .primary_mc_service_id = command.primary_mc_service_id,
                               .partner_system = command.partner_system,
                               .partner_mc_service_id = command.partner_mc_service_id,
                               .profile_index = command.profile_index,
                               .through_gateway = command.through_gateway,
                               .decided_at = now,
                               .request_id = command.request_id},
                    .answered = std::move(answered),
                    .cancel = std::nullopt};
  if (elsewhere) mutation.cancel = Mutation::Cancel{.partner_system = current->partner_system, .epoch = current->epoch};
  return Plan{{.cause = Cause::kNone, .rule = elsewhere ? "step7.moved" : "step7.recorded", .epoch = epoch},
              std::move(mutation)};
}

std::optional<Decision> AnswerAfterConflict(CommitOutcome outcome, int attempts, const Snapshot& fresh,
                                            const AuthorizeCommand& command) {
  if (attempts >= kMaxAttempts) return Refuse(Cause::kConcurrent, "step7.changed_too_often");
  // Whose change led away from this partner is not asked: deciding anew would undo it.
  if (outcome == CommitOutcome::kRecordChanged && !MigratedTo(fresh.record, command.partner_system)) {
    return Refuse(Cause::kConcurrent, "step7.changed_by_another");
  }
  return std::nullopt;
}

}  // namespace mcmig::migration
