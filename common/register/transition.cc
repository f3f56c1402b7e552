#include "common/register/transition.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "common/protocol/pushback.h"

namespace mcmig::migration {
namespace {

using protocol::Cause;

Plan Refuse(Cause cause, const char* rule) { return {.outcome = Outcome::kRefused, .cause = cause, .rule = rule}; }
Plan Unchanged(const char* rule) { return {.outcome = Outcome::kUnchanged, .rule = rule}; }

Plan Changed(const char* rule, Mutation mutation) {
  return {.outcome = Outcome::kChanged,
          .rule = rule,
          .epoch = mutation.record.epoch,
          .authorized_until = mutation.record.authorized_until,
          .mutation = std::move(mutation)};
}

// The rules, one for each kind of event.
class Rules {
 public:
  Rules(const Snapshot& snapshot, absl::Time now, const Policy& policy)
      : snapshot_(snapshot), now_(now), policy_(policy) {}

  absl::StatusOr<Plan> operator()(const Authorize& event) const;
  absl::StatusOr<Plan> operator()(const End& event) const;
  absl::StatusOr<Plan> operator()(const Revoke& event) const;
  absl::StatusOr<Plan> operator()(const AuthorizeAtHome& event) const;
  absl::StatusOr<Plan> operator()(const Expire& event) const;
  absl::StatusOr<Plan> operator()(const Recheck& event) const;

 private:
  // The record, where it says migrated; else null.
  [[nodiscard]] const Record* Migrated() const {
    return snapshot_.record && snapshot_.record->state == State::kMigrated ? &*snapshot_.record : nullptr;
  }
  [[nodiscard]] bool IsOver(const Record& record) const { return migration::IsOver(record, now_, policy_.clock_skew); }

  // The rule by which a request is too old, or of the future; null where it is neither.
  [[nodiscard]] const char* Stale(const Authorize& event) const;
  [[nodiscard]] std::optional<Plan> AnswerFromMemory(const Authorize& event) const;
  [[nodiscard]] std::optional<Plan> AnswerAfterConflict(const Authorize& event) const;
  // With the new request.
  [[nodiscard]] absl::StatusOr<std::vector<AnsweredRequest>> Remember(const Authorize& event,
                                                                      const protocol::Epoch& epoch) const;
  // What must stay remembered: everything whose repetition would not be refused as stale.
  [[nodiscard]] std::vector<AnsweredRequest> StillRemembered() const;
  [[nodiscard]] absl::StatusOr<protocol::Epoch> NextEpoch() const;
  [[nodiscard]] absl::StatusOr<Mutation> BackToPrimary(const UserKey& key, Change change,
                                                       const protocol::RequestId& request_id) const;
  // BackToPrimary where the partner MC system does not know of it: with a cancel.
  [[nodiscard]] absl::StatusOr<Plan> TakeBack(const UserKey& key, Change change, const protocol::RequestId& request_id,
                                              const char* rule) const;

  const Snapshot& snapshot_;
  const absl::Time now_;
  const Policy& policy_;
};

const char* Rules::Stale(const Authorize& event) const {
  if (now_ - event.issued_at > policy_.replay_window) return "step7.older_than_window";
  if (event.issued_at - now_ > policy_.clock_skew) return "step7.ahead_of_clock";
  return nullptr;
}

std::optional<Plan> Rules::AnswerFromMemory(const Authorize& event) const {
  if (const char* stale = Stale(event); stale != nullptr) {
    // Who may not migrate is told no more than a user whom nobody knows.
    if (event.permission && event.permission->cause != Cause::kNone) {
      return Refuse(event.permission->cause, event.permission->rule);
    }
    return Refuse(Cause::kStaleRequest, stale);
  }

  const auto same =
      std::find_if(snapshot_.answered.begin(), snapshot_.answered.end(), [&event](const AnsweredRequest& entry) {
        return entry.partner_system == event.partner_system && entry.request_id == event.request_id;
      });
  if (same == snapshot_.answered.end()) {
    const bool used =
        event.credential &&
        std::any_of(snapshot_.answered.begin(), snapshot_.answered.end(), [&event](const AnsweredRequest& entry) {
          return entry.credential && entry.credential->id == event.credential->id;
        });
    if (used) return Refuse(Cause::kReplayed, "step7.credential_of_another_request");
    return std::nullopt;
  }
  if (same->digest != event.digest) return Refuse(Cause::kReplayed, "step7.request_id_of_another_request");
  const Record* record = Migrated();
  if (record == nullptr || record->epoch != same->epoch || IsOver(*record)) {
    return Refuse(Cause::kSuperseded, "step7.record_has_moved_on");
  }
  return Plan{.outcome = Outcome::kRepeated,
              .rule = "step7.answered_before",
              .epoch = same->epoch,
              .authorized_until = record->authorized_until};
}

std::optional<Plan> Rules::AnswerAfterConflict(const Authorize& event) const {
  if (event.attempts == 0) return std::nullopt;
  if (event.attempts >= kMaxAttempts) return Refuse(Cause::kConcurrent, "step7.changed_too_often");
  // Whose change led away from this partner is not asked: deciding anew would undo it.
  const Record* record = Migrated();
  const bool here = record != nullptr && record->partner_system == event.partner_system;
  if (event.lost == CommitOutcome::kRecordChanged && !here) {
    return Refuse(Cause::kConcurrent, "step7.changed_by_another");
  }
  return std::nullopt;
}

absl::StatusOr<Plan> Rules::operator()(const Authorize& event) const {
  if (std::optional<Plan> answer = AnswerFromMemory(event)) return *std::move(answer);
  if (std::optional<Plan> answer = AnswerAfterConflict(event)) return *std::move(answer);
  if (!event.permission) return absl::InternalError("step 7 without the permission of step 6");
  if (event.permission->cause != Cause::kNone) return Refuse(event.permission->cause, event.permission->rule);
  if (!snapshot_.user || !snapshot_.agreement) return absl::InternalError("a permission without profile or agreement");

  const Record* record = Migrated();
  const bool elsewhere = record != nullptr && record->partner_system != event.partner_system;
  const bool over = elsewhere && IsOver(*record);
  // Without a credential the partner MC system alone says that the user has come to it.
  const bool may_move = policy_.move && event.credential.has_value();
  if (elsewhere && !over && !may_move) return Refuse(Cause::kMigratedElsewhere, "step7.migrated_elsewhere");

  const absl::StatusOr<protocol::Epoch> epoch = NextEpoch();
  if (!epoch.ok()) return epoch.status();
  absl::StatusOr<std::vector<AnsweredRequest>> answered = Remember(event, *epoch);
  if (!answered.ok()) return answered.status();
  Mutation mutation{.key = event.key,
                    .change = Change::kAuthorized,
                    .expected_epoch = snapshot_.record ? snapshot_.record->epoch : protocol::Epoch{},
                    .permission = Mutation::Permission{.profile_version = snapshot_.user->version,
                                                       .agreement_with = event.partner_system,
                                                       .agreement_version = snapshot_.agreement->version},
                    .record = {.epoch = *epoch,
                               .state = State::kMigrated,
                               .primary_mc_service_id = event.primary_mc_service_id,
                               .partner_system = event.partner_system,
                               .partner_mc_service_id = event.partner_mc_service_id,
                               .profile_index = event.profile_index,
                               .through_gateway = event.through_gateway,
                               .authorized_until = now_ + policy_.authorized_for,
                               .decided_at = now_,
                               .request_id = event.request_id},
                    .answered = *std::move(answered),
                    .cancel = std::nullopt};
  if (!elsewhere) return Changed("step7.recorded", std::move(mutation));
  mutation.cancel = Mutation::Cancel{.partner_system = record->partner_system, .epoch = record->epoch};
  return Changed(over ? "step7.recorded_after_expiry" : "step7.moved", std::move(mutation));
}

absl::StatusOr<Plan> Rules::operator()(const End& event) const {
  const Record* record = Migrated();
  if (record == nullptr || record->partner_system != event.partner_system) {
    return Plan{.outcome = Outcome::kNotOnRecord, .rule = "end.partner_on_record"};
  }
  if (record->epoch != event.epoch) {
    return Plan{.outcome = Outcome::kStale, .rule = "end.epoch_on_record", .epoch = record->epoch};
  }
  absl::StatusOr<Mutation> mutation = BackToPrimary(event.key, Change::kEnded, event.request_id);
  if (!mutation.ok()) return mutation.status();
  return Changed("end.ended", *std::move(mutation));
}

absl::StatusOr<Plan> Rules::operator()(const Revoke& event) const {
  if (Migrated() == nullptr) return Unchanged("revoke.at_primary");
  return TakeBack(event.key, Change::kRevoked, event.request_id, "revoke.revoked");
}

absl::StatusOr<Plan> Rules::operator()(const AuthorizeAtHome& event) const {
  const Record* record = Migrated();
  if (record == nullptr) return Unchanged("home.at_primary");
  if (event.return_home && event.return_from.value_or(record->epoch) == record->epoch) {
    return TakeBack(event.key, Change::kReturnedHome, event.request_id, "home.returned");
  }
  if (IsOver(*record)) return TakeBack(event.key, Change::kExpired, event.request_id, "home.migration_expired");
  Plan refused = Refuse(Cause::kMigratedElsewhere, event.return_home ? "home.migrated_since" : "home.migrated");
  refused.epoch = record->epoch;
  return refused;
}

absl::StatusOr<Plan> Rules::operator()(const Expire& event) const {
  const Record* record = Migrated();
  if (record == nullptr) return Unchanged("expiry.at_primary");
  if (!IsOver(*record)) return Unchanged("expiry.still_authorized");
  return TakeBack(event.key, Change::kExpired, {}, "expiry.expired");
}

absl::StatusOr<Plan> Rules::operator()(const Recheck& event) const {
  const Record* record = Migrated();
  if (record == nullptr || record->partner_system != event.partner_system) return Unchanged("recheck.moved_on");
  if (!event.permission) return absl::InternalError("a recheck without what step 6 says");
  if (event.permission->cause == Cause::kNone) return Unchanged("recheck.still_permitted");
  absl::StatusOr<Plan> plan = TakeBack(event.key, Change::kWithdrawn, {}, event.permission->rule);
  if (!plan.ok()) return plan.status();
  plan->mutation->permission =
      Mutation::Permission{.profile_version = snapshot_.user ? snapshot_.user->version : 0,
                           .agreement_with = event.partner_system,
                           .agreement_version = snapshot_.agreement ? snapshot_.agreement->version : 0};
  return plan;
}

absl::StatusOr<std::vector<AnsweredRequest>> Rules::Remember(const Authorize& event,
                                                             const protocol::Epoch& epoch) const {
  std::vector<AnsweredRequest> answered = StillRemembered();
  const auto of_partner = std::count_if(answered.begin(), answered.end(), [&event](const AnsweredRequest& entry) {
    return entry.partner_system == event.partner_system;
  });
  if (answered.size() >= kMaxAnswered || static_cast<size_t>(of_partner) >= kMaxAnsweredPerPartner) {
    return protocol::ResourceExhausted("too many migrations of this user within the replay window",
                                       protocol::kMaxPushback);
  }
  answered.push_back({.partner_system = event.partner_system,
                      .request_id = event.request_id,
                      .digest = event.digest,
                      .epoch = epoch,
                      .issued_at = event.issued_at,
                      .credential = event.credential});
  return answered;
}

std::vector<AnsweredRequest> Rules::StillRemembered() const {
  std::vector<AnsweredRequest> kept;
  kept.reserve(snapshot_.answered.size() + 1);
  for (const AnsweredRequest& entry : snapshot_.answered) {
    const bool repeatable = now_ - entry.issued_at <= policy_.replay_window + policy_.clock_skew;
    if (repeatable || (entry.credential && now_ <= entry.credential->until)) kept.push_back(entry);
  }
  return kept;
}

absl::StatusOr<protocol::Epoch> Rules::NextEpoch() const {
  const protocol::Epoch highest = snapshot_.record ? snapshot_.record->epoch : protocol::Epoch{};
  // Epochs never repeat and never go back: such a store was restored without its incarnation.
  if (highest.incarnation > policy_.incarnation) return absl::InternalError("record is later than the store");
  return protocol::Epoch{.incarnation = policy_.incarnation, .counter = highest.counter + 1};
}

absl::StatusOr<Mutation> Rules::BackToPrimary(const UserKey& key, Change change,
                                              const protocol::RequestId& request_id) const {
  const absl::StatusOr<protocol::Epoch> epoch = NextEpoch();
  if (!epoch.ok()) return epoch.status();
  Mutation mutation{.key = key,
                    .change = change,
                    .expected_epoch = snapshot_.record->epoch,
                    .permission = std::nullopt,
                    .record = {},
                    .answered = StillRemembered(),
                    .cancel = std::nullopt};
  mutation.record.epoch = *epoch;
  mutation.record.primary_mc_service_id = snapshot_.record->primary_mc_service_id;
  mutation.record.decided_at = now_;
  mutation.record.request_id = request_id;
  return mutation;
}

absl::StatusOr<Plan> Rules::TakeBack(const UserKey& key, Change change, const protocol::RequestId& request_id,
                                     const char* rule) const {
  absl::StatusOr<Mutation> mutation = BackToPrimary(key, change, request_id);
  if (!mutation.ok()) return mutation.status();
  mutation->cancel =
      Mutation::Cancel{.partner_system = snapshot_.record->partner_system, .epoch = snapshot_.record->epoch};
  return Changed(rule, *std::move(mutation));
}

}  // namespace

Authorize EventOf(const protocol::AuthorizationRequest& request, const identity::SystemName& partner_system,
                  bool through_gateway) {
  return Authorize{
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

absl::StatusOr<Plan> Transition(const Snapshot& snapshot, const Event& event, absl::Time now, const Policy& policy) {
  return std::visit(Rules(snapshot, now, policy), event);
}

const UserKey& KeyOf(const Event& event) {
  return std::visit([](const auto& each) -> const UserKey& { return each.key; }, event);
}

}  // namespace mcmig::migration
