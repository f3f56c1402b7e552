#include "common/register/transition.h"

#include <cstdint>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"

namespace mcmig::migration {
namespace {

using protocol::Cause;
using protocol::Decision;
using protocol::Epoch;

const absl::Time kNow = absl::FromUnixSeconds(1'700'000'000);

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

// A request by partner "p", now.
AuthorizeCommand Command() {
  AuthorizeCommand command;
  command.key = {.canonical_id = "sip:alice@north.example", .service = protocol::McService::kMcptt};
  command.primary_mc_service_id = "sip:Alice@North.example";
  command.partner_mc_service_id = "sip:v1@south.example";
  command.profile_index = 3;
  command.partner_system = "p";
  command.request_id = IdOf(1);
  command.digest = DigestOf(1);
  command.issued_at = kNow;
  command.through_gateway = true;
  return command;
}

constexpr Epoch kCurrent{.incarnation = 1, .counter = 7};

enum class At { kNoRecord, kPrimary, kSamePartner, kOtherPartner };

Snapshot SnapshotAt(At at) {
  Snapshot snapshot;
  snapshot.user = UserProfiles{.version = 11, .mc_service_id = {}, .profiles = {}};
  snapshot.agreement = Agreement{.version = 22, .services = {protocol::McService::kMcptt}};
  if (at == At::kNoRecord) return snapshot;
  Record record;
  record.epoch = kCurrent;
  record.state = at == At::kPrimary ? State::kAtPrimary : State::kMigrated;
  if (at != At::kPrimary) record.partner_system = at == At::kSamePartner ? "p" : "q";
  snapshot.record = record;
  return snapshot;
}

AnsweredRequest Answered(const std::string& partner, uint8_t id, uint8_t digest, uint64_t counter,
                         absl::Time issued_at = kNow) {
  return {.partner_system = partner,
          .request_id = IdOf(id),
          .digest = DigestOf(digest),
          .epoch = {.incarnation = 1, .counter = counter},
          .issued_at = issued_at};
}

// What the request memory says of the request.
enum class Memory { kNothing, kSameAtCurrent, kSameAtEarlier, kOtherDigest, kOtherPartnersRequest };

// What is decided, apart from epochs.
enum class Expect { kRecorded, kMoved, kSameAnswer, kElsewhere, kSuperseded, kReplayed, kStale };

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
  }
}

// The table of design section 4, written down once more, the other way round.
Expect Expected(At at, Memory memory, absl::Duration age, bool move) {
  if (age > absl::Minutes(10) || age < -absl::Seconds(30)) return Expect::kStale;
  if (memory == Memory::kOtherDigest) return Expect::kReplayed;
  if (memory == Memory::kSameAtEarlier) return Expect::kSuperseded;
  if (memory == Memory::kSameAtCurrent) return at == At::kNoRecord ? Expect::kSuperseded : Expect::kSameAnswer;
  if (at != At::kOtherPartner) return Expect::kRecorded;
  return move ? Expect::kMoved : Expect::kElsewhere;
}

void CheckPlan(const Snapshot& snapshot, const Plan& plan, Expect expect) {
  EXPECT_EQ(plan.decision.cause, CauseOf(expect));
  EXPECT_STRNE(plan.decision.rule, "");
  if (expect != Expect::kRecorded && expect != Expect::kMoved) {
    EXPECT_FALSE(plan.mutation.has_value());
    EXPECT_EQ(plan.decision.epoch, expect == Expect::kSameAnswer ? std::optional<Epoch>(kCurrent) : std::nullopt);
    return;
  }
  ASSERT_TRUE(plan.mutation.has_value());
  const Epoch expected = snapshot.record ? kCurrent : Epoch{};
  const Epoch next{.incarnation = 1, .counter = expected.counter + 1};
  EXPECT_EQ(plan.decision.epoch, next);
  const Mutation& mutation = *plan.mutation;
  EXPECT_EQ(mutation.key, Command().key);
  EXPECT_EQ(mutation.expected_epoch, expected);
  EXPECT_EQ(mutation.expected_profile_version, 11U);
  EXPECT_EQ(mutation.agreement_with, "p");
  EXPECT_EQ(mutation.expected_agreement_version, 22U);
  EXPECT_EQ(mutation.record.epoch, next);
  EXPECT_EQ(mutation.record.state, State::kMigrated);
  EXPECT_EQ(mutation.record.partner_system, "p");
  EXPECT_EQ(mutation.record.partner_mc_service_id, "sip:v1@south.example");
  EXPECT_EQ(mutation.record.primary_mc_service_id, "sip:Alice@North.example");
  EXPECT_EQ(mutation.record.profile_index, 3);
  EXPECT_TRUE(mutation.record.through_gateway);
  EXPECT_EQ(mutation.record.decided_at, kNow);
  EXPECT_EQ(mutation.record.request_id, IdOf(1));
  ASSERT_FALSE(mutation.answered.empty());
  EXPECT_EQ(mutation.answered.back().request_id, IdOf(1));
  EXPECT_EQ(mutation.answered.back().epoch, next);
  EXPECT_EQ(mutation.answered.size(), snapshot.answered.size() + 1);
  ASSERT_EQ(mutation.cancel.has_value(), expect == Expect::kMoved);
  if (mutation.cancel) {
    EXPECT_EQ(mutation.cancel->partner_system, "q");
    EXPECT_EQ(mutation.cancel->epoch, kCurrent);
  }
}

TEST(TransitionTest, EveryStateMemoryAgeAndPolicy) {
  int cases = 0;
  for (const At at : {At::kNoRecord, At::kPrimary, At::kSamePartner, At::kOtherPartner}) {
    for (const Memory memory : {Memory::kNothing, Memory::kSameAtCurrent, Memory::kSameAtEarlier, Memory::kOtherDigest,
                                Memory::kOtherPartnersRequest}) {
      for (const absl::Duration age :
           {absl::ZeroDuration(), absl::Minutes(10), absl::Minutes(10) + absl::Nanoseconds(1), absl::Hours(100),
            -absl::Seconds(30), -absl::Seconds(30) - absl::Nanoseconds(1), absl::InfiniteDuration(),
            -absl::InfiniteDuration()}) {
        for (const bool move : {false, true}) {
          SCOPED_TRACE(absl::StrCat("at ", static_cast<int>(at), " memory ", static_cast<int>(memory), " age ",
                                    absl::FormatDuration(age), " move ", move));
          Snapshot snapshot = SnapshotAt(at);
          if (memory == Memory::kSameAtCurrent) snapshot.answered = {Answered("p", 1, 1, kCurrent.counter)};
          if (memory == Memory::kSameAtEarlier) snapshot.answered = {Answered("p", 1, 1, kCurrent.counter - 1)};
          if (memory == Memory::kOtherDigest) snapshot.answered = {Answered("p", 1, 2, kCurrent.counter)};
          if (memory == Memory::kOtherPartnersRequest) snapshot.answered = {Answered("q", 1, 2, kCurrent.counter)};
          AuthorizeCommand command = Command();
          command.issued_at = kNow - age;
          Policy policy;
          policy.move = move;

          const Expect expect = Expected(at, memory, age, move);
          const std::optional<Decision> remembered = AnswerFromMemory(snapshot, command, kNow, policy);
          const bool decided_anew =
              expect == Expect::kRecorded || expect == Expect::kMoved || expect == Expect::kElsewhere;
          EXPECT_EQ(remembered.has_value(), !decided_anew);
          if (remembered) EXPECT_EQ(remembered->cause, CauseOf(expect));
          const absl::StatusOr<Plan> plan = PlanAuthorization(snapshot, command, kNow, policy);
          ASSERT_TRUE(plan.ok()) << plan.status();
          CheckPlan(snapshot, *plan, expect);
          ++cases;
        }
      }
    }
  }
  EXPECT_EQ(cases, 4 * 5 * 8 * 2);
}

TEST(TransitionTest, WithoutThePermissionOfStep6NothingIsPlanned) {
  Snapshot no_user = SnapshotAt(At::kPrimary);
  no_user.user.reset();
  Snapshot no_agreement = SnapshotAt(At::kPrimary);
  no_agreement.agreement.reset();
  for (const Snapshot& snapshot : {no_user, no_agreement}) {
    EXPECT_EQ(PlanAuthorization(snapshot, Command(), kNow, {}).status().code(), absl::StatusCode::kInternal);
  }
}

TEST(TransitionTest, RecordOfALaterIncarnationIsNeverChanged) {
  Snapshot snapshot = SnapshotAt(At::kPrimary);
  snapshot.record->epoch = {.incarnation = 2, .counter = 1};
  EXPECT_EQ(PlanAuthorization(snapshot, Command(), kNow, {}).status().code(), absl::StatusCode::kInternal);
}

TEST(TransitionTest, ALaterIncarnationIsInTheNextEpoch) {
  Policy policy;
  policy.incarnation = 3;
  const absl::StatusOr<Plan> plan = PlanAuthorization(SnapshotAt(At::kPrimary), Command(), kNow, policy);
  ASSERT_TRUE(plan.ok());
  EXPECT_EQ(plan->decision.epoch, (Epoch{.incarnation = 3, .counter = 8}));
}

TEST(TransitionTest, WhatIsBeyondTheWindowIsForgottenAndNothingElse) {
  const absl::Duration kept = Policy().replay_window + Policy().clock_skew;
  Snapshot snapshot = SnapshotAt(At::kSamePartner);
  snapshot.answered = {Answered("p", 2, 2, 5, kNow - kept - absl::Nanoseconds(1)), Answered("q", 3, 3, 6, kNow - kept),
                       Answered("p", 4, 4, 7)};
  const absl::StatusOr<Plan> plan = PlanAuthorization(snapshot, Command(), kNow, {});
  ASSERT_TRUE(plan.ok() && plan->mutation);
  std::vector<protocol::RequestId> remembered;
  for (const AnsweredRequest& entry : plan->mutation->answered) remembered.push_back(entry.request_id);
  EXPECT_EQ(remembered, (std::vector<protocol::RequestId>{IdOf(3), IdOf(4), IdOf(1)}));
}

// `partners` partner systems with `each` answered requests.
Snapshot Filled(size_t partners, size_t each, absl::Time issued_at) {
  Snapshot snapshot = SnapshotAt(At::kSamePartner);
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
    return PlanAuthorization(snapshot, Command(), kNow, {}).status().code();
  };
  EXPECT_EQ(code(Filled(1, kMaxAnsweredPerPartner - 1, kNow)), absl::StatusCode::kOk);
  EXPECT_EQ(code(Filled(1, kMaxAnsweredPerPartner, kNow)), absl::StatusCode::kResourceExhausted);
  EXPECT_EQ(code(Filled(1, kMaxAnsweredPerPartner, kNow - absl::Hours(1))), absl::StatusCode::kOk);
  EXPECT_EQ(code(Filled(7, 9, kNow)), absl::StatusCode::kOk);
  EXPECT_EQ(code(Filled(8, 8, kNow)), absl::StatusCode::kResourceExhausted);
}

TEST(TransitionTest, FullMemoryStillAnswersARepetition) {
  AuthorizeCommand repeated = Command();
  repeated.request_id = IdOf(10);
  repeated.digest = DigestOf(9);
  Snapshot snapshot = Filled(1, kMaxAnsweredPerPartner, kNow);
  snapshot.record->epoch = {.incarnation = 1, .counter = 1};
  const absl::StatusOr<Plan> plan = PlanAuthorization(snapshot, repeated, kNow, {});
  ASSERT_TRUE(plan.ok());
  EXPECT_EQ(plan->decision.cause, Cause::kNone);
}

TEST(TransitionTest, EveryConflict) {
  for (const CommitOutcome outcome :
       {CommitOutcome::kRecordChanged, CommitOutcome::kProfilesChanged, CommitOutcome::kAgreementChanged}) {
    for (const At at : {At::kNoRecord, At::kPrimary, At::kSamePartner, At::kOtherPartner}) {
      for (int attempts = 1; attempts <= kMaxAttempts; ++attempts) {
        SCOPED_TRACE(absl::StrCat(static_cast<int>(outcome), " at ", static_cast<int>(at), " attempts ", attempts));
        const std::optional<Decision> answer = AnswerAfterConflict(outcome, attempts, SnapshotAt(at), Command());
        const bool lost = outcome == CommitOutcome::kRecordChanged && at != At::kSamePartner;
        ASSERT_EQ(answer.has_value(), lost || attempts == kMaxAttempts);
        if (answer) EXPECT_EQ(answer->cause, Cause::kConcurrent);
        if (answer) EXPECT_FALSE(answer->epoch.has_value());
      }
    }
  }
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
  const AuthorizeCommand command = CommandOf(request, "p", true);
  EXPECT_EQ(command.key, (UserKey{.canonical_id = alice->canonical(), .service = protocol::McService::kMcdata}));
  const std::optional<Decision> answer = AnswerFromMemory(SnapshotAt(At::kPrimary), command, kNow, {});
  ASSERT_TRUE(answer.has_value());
  EXPECT_EQ(answer->cause, Cause::kStaleRequest);
}

}  // namespace
}  // namespace mcmig::migration
