#include "common/register/testing/transition_values.h"

#include "gtest/gtest.h"

namespace mcmig::migration {

using protocol::Cause;
using protocol::Decision;

bool IsAtP(At at) { return at == At::kP || at == At::kPOver || at == At::kPAlmostOver || at == At::kPLater; }
bool IsAtQ(At at) { return at == At::kQ || at == At::kQOver; }
bool IsOver(At at) { return at == At::kPOver || at == At::kQOver; }

UserKey Alice() { return {.canonical_id = "sip:alice@north.example", .service = protocol::McService::kMcptt}; }

protocol::RequestId IdOf(uint8_t first) {
  protocol::RequestId id;
  id.bytes[0] = first;
  return id;
}

protocol::RequestDigest DigestOf(uint8_t first) {
  protocol::RequestDigest digest{};
  digest[0] = first;
  return digest;
}

Snapshot SnapshotAt(At at) {
  Snapshot snapshot;
  if (at == At::kUnknownUser) return snapshot;
  snapshot.user = UserProfiles{.version = 11, .mc_service_id = {}, .profiles = {}};
  snapshot.agreement = Agreement{.version = 22, .services = {protocol::McService::kMcptt}};
  if (at == At::kNoRecord) return snapshot;
  Record& record = snapshot.record.emplace();
  record.epoch = kCurrent;
  record.primary_mc_service_id = "sip:ALICE@north.example";
  if (at == At::kPrimary) return snapshot;
  record.state = State::kMigrated;
  record.partner_system = IsAtP(at) ? "p" : "q";
  record.partner_mc_service_id = "sip:v9@south.example";
  record.profile_index = 9;
  record.through_gateway = true;
  if (IsOver(at)) record.authorized_until = kNow - absl::Seconds(30);
  if (at == At::kPAlmostOver) record.authorized_until = kNow - absl::Seconds(30) + absl::Nanoseconds(1);
  if (at == At::kPLater) record.authorized_until = kNow + absl::Hours(1);
  return snapshot;
}

AnsweredRequest Answered(const std::string& partner, uint8_t id, uint8_t digest, uint64_t counter,
                         absl::Time issued_at) {
  return {.partner_system = partner,
          .request_id = IdOf(id),
          .digest = DigestOf(digest),
          .epoch = {.incarnation = 1, .counter = counter},
          .issued_at = issued_at};
}

Decision Permitted() { return {.cause = Cause::kNone, .rule = "step6.authorized", .epoch = {}}; }
Decision Refused(Cause cause) { return {.cause = cause, .rule = "step6.refused", .epoch = {}}; }

Authorize RequestOfP() {
  Authorize event;
  event.key = Alice();
  event.primary_mc_service_id = "sip:Alice@North.example";
  event.partner_mc_service_id = "sip:v1@south.example";
  event.profile_index = 3;
  event.partner_system = "p";
  event.request_id = IdOf(1);
  event.digest = DigestOf(1);
  event.issued_at = kNow;
  event.through_gateway = true;
  event.credential = UsedCredential{.id = {1}, .until = kNow + absl::Minutes(10)};
  event.permission = Permitted();
  return event;
}

void ExpectTakenBack(const Snapshot& snapshot, const Plan& plan, Change change, const protocol::RequestId& request_id,
                     const identity::SystemName& cancelled) {
  EXPECT_EQ(plan.outcome, Outcome::kChanged);
  EXPECT_EQ(plan.cause, Cause::kNone);
  EXPECT_STRNE(plan.rule, "");
  EXPECT_EQ(plan.epoch, kNext);
  ASSERT_TRUE(plan.mutation.has_value());
  const Mutation& mutation = *plan.mutation;
  EXPECT_EQ(mutation.key, Alice());
  EXPECT_EQ(mutation.change, change);
  EXPECT_EQ(mutation.expected_epoch, kCurrent);
  EXPECT_EQ(mutation.record.epoch, kNext);
  EXPECT_EQ(mutation.record.state, State::kAtPrimary);
  EXPECT_EQ(mutation.record.primary_mc_service_id, "sip:ALICE@north.example");
  EXPECT_EQ(mutation.record.partner_system, "");
  EXPECT_EQ(mutation.record.partner_mc_service_id, "");
  EXPECT_EQ(mutation.record.profile_index, 0);
  EXPECT_FALSE(mutation.record.through_gateway);
  EXPECT_EQ(mutation.record.authorized_until, absl::InfiniteFuture());
  EXPECT_EQ(mutation.record.decided_at, kNow);
  EXPECT_EQ(mutation.record.request_id, request_id);
  EXPECT_EQ(mutation.answered.size(), snapshot.answered.size());
  ASSERT_EQ(mutation.cancel.has_value(), !cancelled.empty());
  if (!mutation.cancel) return;
  EXPECT_EQ(mutation.cancel->partner_system, cancelled);
  EXPECT_EQ(mutation.cancel->epoch, kCurrent);
}

void ExpectNothing(const Plan& plan, Outcome outcome, Cause cause) {
  EXPECT_EQ(plan.outcome, outcome);
  EXPECT_EQ(plan.cause, cause);
  EXPECT_STRNE(plan.rule, "");
  EXPECT_FALSE(plan.mutation.has_value());
}

}  // namespace mcmig::migration
