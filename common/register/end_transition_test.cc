// The events that end a migration: every event in every state.
#include <optional>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/register/testing/transition_values.h"
#include "common/register/transition.h"
#include "gtest/gtest.h"

namespace mcmig::migration {
namespace {

using protocol::Cause;
using protocol::Epoch;

// SnapshotAt, with a request remembered.
Snapshot Remembering(At at) {
  Snapshot snapshot = SnapshotAt(at);
  if (snapshot.record) snapshot.answered = {Answered("p", 1, 1, kCurrent.counter)};
  return snapshot;
}

Plan PlanOf(const Snapshot& snapshot, const Event& event, const Policy& policy = {}) {
  absl::StatusOr<Plan> plan = Transition(snapshot, event, kNow, policy);
  EXPECT_TRUE(plan.ok()) << plan.status();
  return plan.ok() ? *std::move(plan) : Plan{};
}

End EndBy(const identity::SystemName& partner, const Epoch& epoch) {
  return {.key = Alice(), .partner_system = partner, .epoch = epoch, .request_id = IdOf(5)};
}

constexpr Epoch kOtherEpochs[] = {{.incarnation = 1, .counter = 6},
                                  {.incarnation = 1, .counter = 8},
                                  {.incarnation = 2, .counter = 7},
                                  {.incarnation = 0, .counter = 0}};

TEST(EndTransitionTest, ThePartnerOnRecordEndsWithTheEpochOnRecordOnly) {
  for (const At at : kEverywhere) {
    SCOPED_TRACE(absl::StrCat("at ", static_cast<int>(at)));
    const Snapshot snapshot = Remembering(at);
    const Plan current = PlanOf(snapshot, EndBy("p", kCurrent));
    if (IsAtP(at)) {
      ExpectTakenBack(snapshot, current, Change::kEnded, IdOf(5), "");
      EXPECT_FALSE(current.mutation->permission.has_value());
    } else {
      ExpectNothing(current, Outcome::kNotOnRecord);
    }
    for (const Epoch& epoch : kOtherEpochs) {
      const Plan other = PlanOf(snapshot, EndBy("p", epoch));
      ExpectNothing(other, IsAtP(at) ? Outcome::kStale : Outcome::kNotOnRecord);
      EXPECT_EQ(other.epoch, IsAtP(at) ? std::optional<Epoch>(kCurrent) : std::nullopt);
    }
  }
}

TEST(EndTransitionTest, WhoIsNotOnRecordLearnsNothingOfWhereAUserIs) {
  const Plan unknown = PlanOf(SnapshotAt(At::kUnknownUser), EndBy("x", kCurrent));
  for (const At at : kEverywhere) {
    const Plan plan = PlanOf(Remembering(at), EndBy("x", kCurrent));
    ExpectNothing(plan, Outcome::kNotOnRecord);
    EXPECT_EQ(plan.epoch, std::nullopt);
    EXPECT_STREQ(plan.rule, unknown.rule);
    EXPECT_EQ(plan.authorized_until, unknown.authorized_until);
  }
}

// A partner MC system repeats an end whose answer was lost. Its answer then is that of anyone who is not on record, and
// means the same as the lost one: this epoch is over, serve it no more.
TEST(EndTransitionTest, AnEndThatIsRepeatedAfterItTookEffectIsNotOnRecordAndChangesNothing) {
  Snapshot snapshot = SnapshotAt(At::kP);
  const Plan ended = PlanOf(snapshot, EndBy("p", kCurrent));
  ASSERT_TRUE(ended.mutation.has_value());
  snapshot.record = ended.mutation->record;
  ExpectNothing(PlanOf(snapshot, EndBy("p", kCurrent)), Outcome::kNotOnRecord);

  // Authorized anew in the meantime, it ends nothing, and says which epoch is to be served.
  const Plan again = PlanOf(snapshot, RequestOfP());
  ASSERT_TRUE(again.mutation.has_value());
  snapshot.record = again.mutation->record;
  const Plan late = PlanOf(snapshot, EndBy("p", kCurrent));
  ExpectNothing(late, Outcome::kStale);
  EXPECT_EQ(late.epoch, (Epoch{.incarnation = 1, .counter = 9}));
}

TEST(EndTransitionTest, AnOperatorRevokesWhoeverIsMigrated) {
  for (const At at : kEverywhere) {
    SCOPED_TRACE(absl::StrCat("at ", static_cast<int>(at)));
    const Snapshot snapshot = Remembering(at);
    const Plan plan = PlanOf(snapshot, Revoke{.key = Alice(), .request_id = IdOf(5)});
    if (IsAtP(at) || IsAtQ(at)) {
      ExpectTakenBack(snapshot, plan, Change::kRevoked, IdOf(5), IsAtP(at) ? "p" : "q");
    } else {
      ExpectNothing(plan, Outcome::kUnchanged);
      EXPECT_STREQ(plan.rule, "revoke.at_primary");
    }
  }
}

TEST(EndTransitionTest, AReturnThatNamesAnotherMigrationIsRefusedWithTheOneOnRecord) {
  const Snapshot snapshot = SnapshotAt(At::kP);
  AuthorizeAtHome event{
      .key = Alice(), .return_home = true, .return_from = snapshot.record->epoch, .request_id = IdOf(5)};
  EXPECT_EQ(PlanOf(snapshot, event).outcome, Outcome::kChanged);
  event.return_from->counter -= 1;
  const Plan late = PlanOf(snapshot, event);
  ExpectNothing(late, Outcome::kRefused, Cause::kMigratedElsewhere);
  EXPECT_EQ(late.epoch, snapshot.record->epoch);
  EXPECT_STREQ(late.rule, "home.migrated_since");
}

TEST(EndTransitionTest, AuthorizationAtHomeIsRefusedWhileMigratedUnlessItAsksForReturn) {
  for (const At at : kEverywhere) {
    for (const bool return_home : {false, true}) {
      SCOPED_TRACE(absl::StrCat("at ", static_cast<int>(at), " return ", return_home));
      const Snapshot snapshot = Remembering(at);
      const Plan plan =
          PlanOf(snapshot, AuthorizeAtHome{.key = Alice(), .return_home = return_home, .request_id = IdOf(5)});
      if (!IsAtP(at) && !IsAtQ(at)) {
        ExpectNothing(plan, Outcome::kUnchanged);
      } else if (return_home || IsOver(at)) {
        ExpectTakenBack(snapshot, plan, return_home ? Change::kReturnedHome : Change::kExpired, IdOf(5),
                        IsAtP(at) ? "p" : "q");
      } else {
        ExpectNothing(plan, Outcome::kRefused, Cause::kMigratedElsewhere);
      }
    }
  }
}

TEST(EndTransitionTest, AMigrationExpiresTheSkewBoundAfterItsTime) {
  for (const At at : kEverywhere) {
    SCOPED_TRACE(absl::StrCat("at ", static_cast<int>(at)));
    const Snapshot snapshot = Remembering(at);
    const Plan plan = PlanOf(snapshot, Expire{.key = Alice()});
    if (IsOver(at)) {
      ExpectTakenBack(snapshot, plan, Change::kExpired, {}, IsAtP(at) ? "p" : "q");
    } else {
      ExpectNothing(plan, Outcome::kUnchanged);
    }
  }
}

TEST(EndTransitionTest, WhatStep6NoLongerPermitsIsWithdrawnAtTheVersionsItRead) {
  for (const At at : kEverywhere) {
    for (const Cause cause : {Cause::kNone, Cause::kNoAgreement, Cause::kUserUnknown, Cause::kUserDisabled,
                              Cause::kProfileUnknown, Cause::kProfileDisabled, Cause::kProfileNotValidForPartner}) {
      SCOPED_TRACE(absl::StrCat("at ", static_cast<int>(at), " cause ", static_cast<int>(cause)));
      Snapshot snapshot = Remembering(at);
      if (cause == Cause::kNoAgreement) snapshot.agreement.reset();
      if (cause == Cause::kUserUnknown) snapshot.user.reset();
      const Plan plan = PlanOf(snapshot, Recheck{.key = Alice(), .partner_system = "p", .permission = Refused(cause)});
      if (!IsAtP(at) || cause == Cause::kNone) {
        ExpectNothing(plan, Outcome::kUnchanged);
        continue;
      }
      ExpectTakenBack(snapshot, plan, Change::kWithdrawn, {}, "p");
      ASSERT_TRUE(plan.mutation && plan.mutation->permission);
      EXPECT_EQ(plan.mutation->permission->profile_version, snapshot.user ? 11U : 0U);
      EXPECT_EQ(plan.mutation->permission->agreement_with, "p");
      EXPECT_EQ(plan.mutation->permission->agreement_version, snapshot.agreement ? 22U : 0U);
      EXPECT_STREQ(plan.rule, "step6.refused");
    }
  }
}

TEST(EndTransitionTest, ARecheckWithoutWhatStep6SaysIsAnErrorNotAPermit) {
  const Recheck event{.key = Alice(), .partner_system = "p"};
  EXPECT_EQ(Transition(SnapshotAt(At::kP), event, kNow, {}).status().code(), absl::StatusCode::kInternal);
}

// Every event that takes a user back.
std::vector<Event> Endings() {
  return {EndBy("p", kCurrent), Revoke{.key = Alice()}, AuthorizeAtHome{.key = Alice(), .return_home = true},
          Expire{.key = Alice()},
          Recheck{.key = Alice(), .partner_system = "p", .permission = Refused(Cause::kProfileDisabled)}};
}

TEST(EndTransitionTest, RecordOfALaterIncarnationIsNeverChanged) {
  for (const Event& event : Endings()) {
    Snapshot snapshot = SnapshotAt(At::kPOver);
    snapshot.record->epoch.incarnation = 2;
    if (const End* end = std::get_if<End>(&event)) {
      End with_epoch = *end;
      with_epoch.epoch = snapshot.record->epoch;
      EXPECT_EQ(Transition(snapshot, with_epoch, kNow, {}).status().code(), absl::StatusCode::kInternal);
    } else {
      EXPECT_EQ(Transition(snapshot, event, kNow, {}).status().code(), absl::StatusCode::kInternal);
    }
  }
}

// However a migration ended, the next one has an epoch that no earlier one had, and no earlier request moves the user.
TEST(EndTransitionTest, EpochsNeverRepeatAndNoLateRequestMovesAUserAfterAnyEnding) {
  for (const Event& ending : Endings()) {
    Snapshot snapshot = SnapshotAt(At::kPOver);
    snapshot.answered = {Answered("p", 1, 1, kCurrent.counter)};
    const Plan ended = PlanOf(snapshot, ending);
    ASSERT_TRUE(ended.mutation.has_value());
    snapshot.record = ended.mutation->record;
    snapshot.answered = ended.mutation->answered;
    ExpectNothing(PlanOf(snapshot, RequestOfP()), Outcome::kRefused, Cause::kSuperseded);

    Authorize anew = RequestOfP();
    anew.request_id = IdOf(2);
    const Plan authorized = PlanOf(snapshot, anew);
    ASSERT_TRUE(authorized.mutation.has_value());
    EXPECT_EQ(authorized.epoch, (Epoch{.incarnation = 1, .counter = 9}));
    EXPECT_FALSE(authorized.mutation->cancel.has_value());
  }
}

TEST(EndTransitionTest, EndingForgetsWhatIsBeyondTheWindowAndNothingElse) {
  const absl::Duration kept = Policy().replay_window + Policy().clock_skew;
  for (const Event& ending : Endings()) {
    Snapshot snapshot = SnapshotAt(At::kPOver);
    snapshot.answered = {Answered("p", 2, 2, 5, kNow - kept - absl::Nanoseconds(1)),
                         Answered("q", 3, 3, 6, kNow - kept)};
    const Plan plan = PlanOf(snapshot, ending);
    ASSERT_TRUE(plan.mutation.has_value());
    ASSERT_EQ(plan.mutation->answered.size(), 1U);
    EXPECT_EQ(plan.mutation->answered[0].request_id, IdOf(3));
  }
}

TEST(EndTransitionTest, EveryEventNamesItsUser) {
  for (const Event& event : Endings()) EXPECT_EQ(KeyOf(event), Alice());
  EXPECT_EQ(KeyOf(RequestOfP()), Alice());
}

}  // namespace
}  // namespace mcmig::migration
