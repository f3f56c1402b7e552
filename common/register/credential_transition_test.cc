// What a primary credential changes in step 7: one is good for one request, and nobody is moved without.
#include <algorithm>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/register/testing/transition_values.h"
#include "common/register/transition.h"
#include "gtest/gtest.h"

namespace mcmig::migration {
namespace {

using protocol::Cause;

const UsedCredential kUsed{.id = {1}, .until = kNow + absl::Minutes(10)};

Snapshot Known(At at) {
  Snapshot snapshot = SnapshotAt(at);
  snapshot.user = SnapshotAt(At::kNoRecord).user;
  snapshot.agreement = SnapshotAt(At::kNoRecord).agreement;
  return snapshot;
}

// One that used kUsed.
AnsweredRequest Earlier(uint8_t id, absl::Time issued_at = kNow) {
  AnsweredRequest answered = Answered("p", id, id, 1, issued_at);
  answered.credential = kUsed;
  return answered;
}

TEST(CredentialTransitionTest, IsRememberedWithTheRequestThatUsedIt) {
  const absl::StatusOr<Plan> plan = Transition(Known(At::kPrimary), RequestOfP(), kNow, {});
  ASSERT_TRUE(plan.ok() && plan->mutation);
  ASSERT_TRUE(plan->mutation->answered.back().credential.has_value());
  EXPECT_EQ(*plan->mutation->answered.back().credential, kUsed);
}

TEST(CredentialTransitionTest, OfAnotherRequestIsReplayed) {
  for (const At at : {At::kPrimary, At::kP, At::kQ}) {
    Snapshot snapshot = Known(at);
    snapshot.answered = {Earlier(2)};
    const absl::StatusOr<Plan> plan = Transition(snapshot, RequestOfP(), kNow, {.move = true});
    ASSERT_TRUE(plan.ok());
    EXPECT_EQ(plan->outcome, Outcome::kRefused);
    EXPECT_EQ(plan->cause, Cause::kReplayed);
    EXPECT_STREQ(plan->rule, "step7.credential_of_another_request");
  }
}

TEST(CredentialTransitionTest, SameRequestRepeatsWithTheSameOrANewOne) {
  for (const uint8_t shown : {1, 2}) {
    Snapshot snapshot = Known(At::kP);
    snapshot.answered = {Answered("p", 1, 1, snapshot.record->epoch.counter)};
    snapshot.answered[0].credential = kUsed;
    Authorize again = RequestOfP();
    again.credential = UsedCredential{.id = {shown}, .until = kNow + absl::Minutes(20)};
    EXPECT_EQ(Transition(snapshot, again, kNow, {})->outcome, Outcome::kRepeated);
  }
}

// After the user went home, the partner MC system that served has a credential and a request that it may have kept.
TEST(CredentialTransitionTest, IsRememberedUntilItCanBeShownNoMore) {
  Snapshot snapshot = Known(At::kP);
  const absl::Time issued = kNow - absl::Hours(1);
  snapshot.answered = {Earlier(2, issued)};
  const absl::StatusOr<Plan> home = Transition(snapshot, Revoke{.key = Alice()}, kNow, {});
  ASSERT_TRUE(home.ok() && home->mutation);
  ASSERT_EQ(home->mutation->answered.size(), 1U);

  const absl::StatusOr<Plan> later =
      Transition(snapshot, Revoke{.key = Alice()}, kUsed.until + absl::Nanoseconds(1), {});
  ASSERT_TRUE(later.ok() && later->mutation);
  EXPECT_TRUE(later->mutation->answered.empty());
}

TEST(CredentialTransitionTest, WithoutOneNobodyIsMovedWhateverThePolicy) {
  Authorize request = RequestOfP();
  request.credential.reset();
  for (const bool move : {false, true}) {
    const absl::StatusOr<Plan> plan = Transition(Known(At::kQ), request, kNow, {.move = move});
    ASSERT_TRUE(plan.ok());
    EXPECT_EQ(plan->cause, Cause::kMigratedElsewhere);
  }
  EXPECT_EQ(Transition(Known(At::kPrimary), request, kNow, {})->outcome, Outcome::kChanged);
  EXPECT_EQ(Transition(Known(At::kP), request, kNow, {})->outcome, Outcome::kChanged);
}

}  // namespace
}  // namespace mcmig::migration
