// Authorize: every state, request memory, age, permission, conflict and policy.
#include "common/register/transition.h"

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/register/testing/transition_values.h"
#include "gtest/gtest.h"

namespace mcmig::migration {
namespace {

using protocol::Cause;
using protocol::Epoch;

// What the request memory says of the request.
enum class Memory { kNothing, kSameAtCurrent, kSameAtEarlier, kOtherDigest, kOtherPartnersRequest };
constexpr Memory kMemories[] = {Memory::kNothing, Memory::kSameAtCurrent, Memory::kSameAtEarlier, Memory::kOtherDigest,
                                Memory::kOtherPartnersRequest};

// What is decided, apart from epochs.
enum class Expect { kRecorded, kMoved, kSameAnswer, kElsewhere, kSuperseded, kReplayed, kStale, kNotPermitted };

Cause CauseOf(Expect expect) {
  switch (expect) {
    case Expect::kRecorded:
    case Expect::kMoved:
    case Expect::kSameAnswer:
      return Cause::kNone;
    case Expect::kElsewhere:
      return Cause::kMigratedElsewhere;
    case Expect::kSuperseded:
      return Cause::kSuperseded;
    case Expect::kReplayed:
      return Cause::kReplayed;
    case Expect::kStale:
      return Cause::kStaleRequest;
    case Expect::kNotPermitted:
      return Cause::kProfileDisabled;
  }
}

// The table of design section 4, written down once more, the other way round.
Expect Expected(At at, Memory memory, absl::Duration age, bool permitted, bool move) {
  // Who may not migrate is not told that the request is stale.
  if (age > absl::Minutes(10) || age < -absl::Seconds(30)) return permitted ? Expect::kStale : Expect::kNotPermitted;
  if (memory == Memory::kOtherDigest) return Expect::kReplayed;
  if (memory == Memory::kSameAtEarlier) return Expect::kSuperseded;
  if (memory == Memory::kSameAtCurrent) {
    return (IsAtP(at) || IsAtQ(at)) && !IsOver(at) ? Expect::kSameAnswer : Expect::kSuperseded;
  }
  if (!permitted) return Expect::kNotPermitted;
  if (!IsAtQ(at)) return Expect::kRecorded;
  return move || IsOver(at) ? Expect::kMoved : Expect::kElsewhere;
}

Snapshot With(Memory memory, Snapshot snapshot) {
  if (memory == Memory::kSameAtCurrent) snapshot.answered = {Answered("p", 1, 1, kCurrent.counter)};
  if (memory == Memory::kSameAtEarlier) snapshot.answered = {Answered("p", 1, 1, kCurrent.counter - 1)};
  if (memory == Memory::kOtherDigest) snapshot.answered = {Answered("p", 1, 2, kCurrent.counter)};
  if (memory == Memory::kOtherPartnersRequest) snapshot.answered = {Answered("q", 1, 2, kCurrent.counter)};
  return snapshot;
}

// Permissions always have what they rest on.
Snapshot Known(At at) {
  Snapshot snapshot = SnapshotAt(at);
  snapshot.user = SnapshotAt(At::kNoRecord).user;
  snapshot.agreement = SnapshotAt(At::kNoRecord).agreement;
  return snapshot;
}

void CheckRecorded(const Snapshot& snapshot, const Plan& plan, bool moved) {
  EXPECT_EQ(plan.outcome, Outcome::kChanged);
  ASSERT_TRUE(plan.mutation.has_value());
  const Epoch expected = snapshot.record ? kCurrent : Epoch{};
  const Epoch next{.incarnation = 1, .counter = expected.counter + 1};
  EXPECT_EQ(plan.decision().epoch, next);
  EXPECT_EQ(plan.authorized_until, kNow + absl::Hours(8));
  const Mutation& mutation = *plan.mutation;
  EXPECT_EQ(mutation.key, Alice());
  EXPECT_EQ(mutation.change, Change::kAuthorized);
  EXPECT_EQ(mutation.expected_epoch, expected);
  ASSERT_TRUE(mutation.permission.has_value());
  EXPECT_EQ(mutation.permission->profile_version, 11U);
  EXPECT_EQ(mutation.permission->agreement_with, "p");
  EXPECT_EQ(mutation.permission->agreement_version, 22U);
  EXPECT_EQ(mutation.record.epoch, next);
  EXPECT_EQ(mutation.record.state, State::kMigrated);
  EXPECT_EQ(mutation.record.partner_system, "p");
  EXPECT_EQ(mutation.record.partner_mc_service_id, "sip:v1@south.example");
  EXPECT_EQ(mutation.record.primary_mc_service_id, "sip:Alice@North.example");
  EXPECT_EQ(mutation.record.profile_index, 3);
  EXPECT_TRUE(mutation.record.through_gateway);
  EXPECT_EQ(mutation.record.authorized_until, kNow + absl::Hours(8));
  EXPECT_EQ(mutation.record.decided_at, kNow);
  EXPECT_EQ(mutation.record.request_id, IdOf(1));
  ASSERT_FALSE(mutation.answered.empty());
  EXPECT_EQ(mutation.answered.back().request_id, IdOf(1));
  EXPECT_EQ(mutation.answered.back().epoch, next);
  EXPECT_EQ(mutation.answered.size(), snapshot.answered.size() + 1);
  ASSERT_EQ(mutation.cancel.has_value(), moved);
  if (!mutation.cancel) return;
  EXPECT_EQ(mutation.cancel->partner_system, "q");
  EXPECT_EQ(mutation.cancel->epoch, kCurrent);
}

void CheckPlan(const Snapshot& snapshot, const Plan& plan, Expect expect) {
  EXPECT_EQ(plan.cause, CauseOf(expect));
  EXPECT_STRNE(plan.rule, "");
  if (expect == Expect::kRecorded || expect == Expect::kMoved) {
    CheckRecorded(snapshot, plan, expect == Expect::kMoved);
    return;
  }
  ExpectNothing(plan, expect == Expect::kSameAnswer ? Outcome::kRepeated : Outcome::kRefused, CauseOf(expect));
  EXPECT_EQ(plan.decision().epoch, expect == Expect::kSameAnswer ? std::optional<Epoch>(kCurrent) : std::nullopt);
  if (expect == Expect::kSameAnswer) EXPECT_EQ(plan.authorized_until, snapshot.record->authorized_until);
}

TEST(TransitionTest, EveryStateMemoryAgePermissionAndPolicy) {
  int cases = 0;
  Policy policy;
  policy.authorized_for = absl::Hours(8);
  for (const At at : kEverywhere) {
    for (const Memory memory : kMemories) {
      for (const absl::Duration age :
           {absl::ZeroDuration(), absl::Minutes(10), absl::Minutes(10) + absl::Nanoseconds(1), absl::Hours(100),
            -absl::Seconds(30), -absl::Seconds(30) - absl::Nanoseconds(1), absl::InfiniteDuration(),
            -absl::InfiniteDuration()}) {
        for (const auto& [permitted, move] : {std::pair(true, false), {true, true}, {false, false}, {false, true}}) {
          SCOPED_TRACE(absl::StrCat("at ", static_cast<int>(at), " memory ", static_cast<int>(memory), " age ",
                                    absl::FormatDuration(age), " permitted ", permitted, " move ", move));
          const Snapshot snapshot = With(memory, Known(at));
          Authorize event = RequestOfP();
          event.issued_at = kNow - age;
          if (!permitted) event.permission = Refused(Cause::kProfileDisabled);
          policy.move = move;
          const absl::StatusOr<Plan> plan = Transition(snapshot, event, kNow, policy);
          ASSERT_TRUE(plan.ok()) << plan.status();
          CheckPlan(snapshot, *plan, Expected(at, memory, age, permitted, move));
          ++cases;
        }
      }
    }
  }
  EXPECT_EQ(cases, 9 * 5 * 8 * 4);
}

TEST(TransitionTest, EveryConflict) {
  for (const CommitOutcome lost :
       {CommitOutcome::kRecordChanged, CommitOutcome::kProfilesChanged, CommitOutcome::kAgreementChanged}) {
    for (const At at : kEverywhere) {
      for (int attempts = 1; attempts <= kMaxAttempts; ++attempts) {
        SCOPED_TRACE(absl::StrCat(static_cast<int>(lost), " at ", static_cast<int>(at), " attempts ", attempts));
        Authorize event = RequestOfP();
        event.lost = lost;
        event.attempts = attempts;
        Policy policy;
        policy.move = true;
        const absl::StatusOr<Plan> plan = Transition(Known(at), event, kNow, policy);
        ASSERT_TRUE(plan.ok()) << plan.status();
        const bool by_another = lost == CommitOutcome::kRecordChanged && !IsAtP(at);
        if (by_another || attempts == kMaxAttempts) {
          ExpectNothing(*plan, Outcome::kRefused, Cause::kConcurrent);
        } else {
          EXPECT_EQ(plan->outcome, Outcome::kChanged);
        }
      }
    }
  }
}

// The same partner MC system was faster with the same request: its answer is the answer.
TEST(TransitionTest, MemoryComesBeforeConflictAndConflictBeforePermission) {
  Authorize event = RequestOfP();
  event.lost = CommitOutcome::kRecordChanged;
  event.attempts = kMaxAttempts;
  event.permission = Refused(Cause::kProfileDisabled);
  ExpectNothing(*Transition(With(Memory::kSameAtCurrent, Known(At::kP)), event, kNow, {}), Outcome::kRepeated);
  ExpectNothing(*Transition(Known(At::kP), event, kNow, {}), Outcome::kRefused, Cause::kConcurrent);
}

TEST(TransitionTest, WithoutThePermissionOfStep6NothingIsPlanned) {
  Authorize event = RequestOfP();
  event.permission.reset();
  EXPECT_EQ(Transition(Known(At::kPrimary), event, kNow, {}).status().code(), absl::StatusCode::kInternal);
  Snapshot no_user = Known(At::kPrimary);
  no_user.user.reset();
  Snapshot no_agreement = Known(At::kPrimary);
  no_agreement.agreement.reset();
  for (const Snapshot& snapshot : {no_user, no_agreement}) {
    EXPECT_EQ(Transition(snapshot, RequestOfP(), kNow, {}).status().code(), absl::StatusCode::kInternal);
  }
}

TEST(TransitionTest, RecordOfALaterIncarnationIsNeverChanged) {
  Snapshot snapshot = Known(At::kPrimary);
  snapshot.record->epoch = {.incarnation = 2, .counter = 1};
  EXPECT_EQ(Transition(snapshot, RequestOfP(), kNow, {}).status().code(), absl::StatusCode::kInternal);
}

TEST(TransitionTest, ALaterIncarnationIsInTheNextEpoch) {
  Policy policy;
  policy.incarnation = 3;
  const absl::StatusOr<Plan> plan = Transition(Known(At::kPrimary), RequestOfP(), kNow, policy);
  ASSERT_TRUE(plan.ok());
  EXPECT_EQ(plan->epoch, (Epoch{.incarnation = 3, .counter = 8}));
}

TEST(TransitionTest, WithoutAPolicyAMigrationHasNoEnd) {
  const absl::StatusOr<Plan> plan = Transition(Known(At::kPrimary), RequestOfP(), kNow, {});
  ASSERT_TRUE(plan.ok() && plan->mutation);
  EXPECT_EQ(plan->mutation->record.authorized_until, absl::InfiniteFuture());
}

TEST(TransitionTest, WhatIsBeyondTheWindowIsForgottenAndNothingElse) {
  const absl::Duration kept = Policy().replay_window + Policy().clock_skew;
  Snapshot snapshot = Known(At::kP);
  snapshot.answered = {Answered("p", 2, 2, 5, kNow - kept - absl::Nanoseconds(1)), Answered("q", 3, 3, 6, kNow - kept),
                       Answered("p", 4, 4, 7)};
  const absl::StatusOr<Plan> plan = Transition(snapshot, RequestOfP(), kNow, {});
  ASSERT_TRUE(plan.ok() && plan->mutation);
  std::vector<protocol::RequestId> remembered;
  for (const AnsweredRequest& entry : plan->mutation->answered) remembered.push_back(entry.request_id);
  EXPECT_EQ(remembered, (std::vector<protocol::RequestId>{IdOf(3), IdOf(4), IdOf(1)}));
}

// `partners` partner systems with `each` answered requests.
Snapshot Filled(size_t partners, size_t each, absl::Time issued_at) {
  Snapshot snapshot = Known(At::kP);
  for (size_t partner = 0; partner < partners; ++partner) {
    for (size_t i = 0; i < each; ++i) {
      const std::string name = partner == 0 ? "p" : absl::StrCat("x", partner);
      snapshot.answered.push_back(Answered(name, static_cast<uint8_t>(i + 10), 9, 1, issued_at));
    }
  }
  return snapshot;
}

TEST(TransitionTest, FullMemoryRefusesTheCallUntilTheWindowHasPassed) {
  const auto code = [](const Snapshot& snapshot) {
    return Transition(snapshot, RequestOfP(), kNow, {}).status().code();
  };
  EXPECT_EQ(code(Filled(1, kMaxAnsweredPerPartner - 1, kNow)), absl::StatusCode::kOk);
  EXPECT_EQ(code(Filled(1, kMaxAnsweredPerPartner, kNow)), absl::StatusCode::kResourceExhausted);
  EXPECT_EQ(code(Filled(1, kMaxAnsweredPerPartner, kNow - absl::Hours(1))), absl::StatusCode::kOk);
  EXPECT_EQ(code(Filled(7, 9, kNow)), absl::StatusCode::kOk);
  EXPECT_EQ(code(Filled(8, 8, kNow)), absl::StatusCode::kResourceExhausted);
}

TEST(TransitionTest, FullMemoryStillAnswersARepetitionAndLetsAUserGo) {
  Authorize repeated = RequestOfP();
  repeated.request_id = IdOf(10);
  repeated.digest = DigestOf(9);
  Snapshot snapshot = Filled(1, kMaxAnsweredPerPartner, kNow);
  snapshot.record->epoch = {.incarnation = 1, .counter = 1};
  EXPECT_EQ(Transition(snapshot, repeated, kNow, {})->outcome, Outcome::kRepeated);
  EXPECT_EQ(Transition(snapshot, Revoke{.key = Alice()}, kNow, {})->outcome, Outcome::kChanged);
}

TEST(TransitionTest, RequestWithoutIdOrTimeIsStale) {
  const absl::StatusOr<identity::McServiceId> alice = identity::McServiceId::Parse("sip:alice@north.example");
  const absl::StatusOr<identity::McServiceId> visitor = identity::McServiceId::Parse("sip:v1@south.example");
  ASSERT_TRUE(alice.ok() && visitor.ok());
  const protocol::AuthorizationRequest request{.partner_mc_service_id = *visitor,
                                               .primary_mc_service_id = *alice,
                                               .profile_index = 1,
                                               .service = protocol::McService::kMcdata,
                                               .request_id = {},
                                               .issued_at = kNow,
                                               .authenticated_peer_system = {}};
  const Authorize event = EventOf(request, "p", true);
  EXPECT_EQ(event.key, (UserKey{.canonical_id = alice->canonical(), .service = protocol::McService::kMcdata}));
  ExpectNothing(*Transition(Known(At::kPrimary), event, kNow, {}), Outcome::kRefused, Cause::kStaleRequest);
}

}  // namespace
}  // namespace mcmig::migration
