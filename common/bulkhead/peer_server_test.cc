#include "common/bulkhead/peer_server.h"

#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "common/protocol/pushback.h"
#include "gtest/gtest.h"

namespace mcmig::bulkhead {
namespace {

const absl::Time kNow = absl::FromUnixSeconds(1'800'000'000);

config::v1::PeerLimits Limits() {
  config::v1::PeerLimits limits;
  limits.set_max_outgoing(2);
  limits.set_max_emergency_in_flight(1);
  limits.set_failures_until_pause(3);
  limits.mutable_first_pause()->set_seconds(1);
  limits.mutable_longest_call()->set_seconds(2);
  return limits;
}

class PeerServerTest : public ::testing::Test {
 protected:
  // One that ends with `code` after `took`.
  void Call(absl::StatusCode code, absl::Duration took = absl::ZeroDuration()) {
    auto passage = server_.Enter(kNow);
    ASSERT_TRUE(passage.ok()) << passage.status();
    passage->End(code, kNow + took);
  }
  ops::Metrics metrics_;
  PeerServer server_{{"north", "entry", "gw.north.example:443"}, Limits(), &metrics_};
};

TEST_F(PeerServerTest, TooManyAtOnceAreRefusedWithAHintAndLeaveRoomForNobodyElse) {
  auto first = server_.Enter(kNow);
  std::vector<PeerServer::Passage> kept;
  kept.push_back(*server_.Enter(kNow));
  const absl::Status third = server_.Enter(kNow).status();
  EXPECT_TRUE(absl::IsResourceExhausted(third));
  EXPECT_TRUE(protocol::PushbackOf(third).has_value());
  EXPECT_EQ(server_.Look().in_flight, 2U);
  first->End(absl::StatusCode::kOk, kNow);
  EXPECT_TRUE(server_.Enter(kNow).ok());
  // A call whose task was destroyed has left, too.
  kept.clear();
  EXPECT_EQ(server_.Look().in_flight, 0U);
}

TEST_F(PeerServerTest, OneThatDoesNotAnswerIsNotAskedUntilAProbeSucceeds) {
  Call(absl::StatusCode::kUnavailable);
  Call(absl::StatusCode::kDeadlineExceeded, absl::Seconds(1));
  Call(absl::StatusCode::kUnavailable);
  EXPECT_TRUE(server_.Look().open);
  EXPECT_TRUE(absl::IsUnavailable(server_.Enter(kNow).status()));
  EXPECT_EQ(server_.Look().in_flight, 0U);
  EXPECT_NE(metrics_.Text().find("mcmig_peer_server_paused{entry=\"entry\",target_system=\"north\"} 1"),
            std::string::npos)
      << metrics_.Text();
  auto probe = server_.Enter(kNow + absl::Seconds(1));
  ASSERT_TRUE(probe.ok());
  probe->End(absl::StatusCode::kOk, kNow + absl::Seconds(1));
  EXPECT_FALSE(server_.Look().open);
}

// A user's client sets its deadline: nobody else is cut off by it.
TEST_F(PeerServerTest, WhoLeavesTooLittleTimeSaysNothingOfTheServer) {
  for (int i = 0; i < 20; ++i) {
    Call(absl::StatusCode::kDeadlineExceeded, absl::Milliseconds(999));
    Call(absl::StatusCode::kCancelled, absl::Seconds(1));
  }
  EXPECT_FALSE(server_.Look().open);
}

TEST_F(PeerServerTest, RefusalsAreAnswers) {
  Call(absl::StatusCode::kUnavailable);
  Call(absl::StatusCode::kUnavailable);
  Call(absl::StatusCode::kPermissionDenied);
  Call(absl::StatusCode::kUnavailable);
  Call(absl::StatusCode::kUnavailable);
  EXPECT_FALSE(server_.Look().open);
}

TEST_F(PeerServerTest, AnOperatorHasItAskedAgain) {
  for (int i = 0; i < 3; ++i) Call(absl::StatusCode::kUnavailable);
  server_.Reset();
  EXPECT_TRUE(server_.Enter(kNow).ok());
}

// Beyond the ordinary room there is the share, for priority users alone, and no more than that.
TEST_F(PeerServerTest, TheEmergencyShareIsForPriorityUsersOnly) {
  std::vector<PeerServer::Passage> ordinary;
  ordinary.push_back(*server_.Enter(kNow));
  ordinary.push_back(*server_.Enter(kNow));
  std::vector<PeerServer::Passage> urgent;
  urgent.push_back(*server_.Enter(kNow, /*priority_user=*/true));
  EXPECT_EQ(server_.Look().in_flight, 3U);
  EXPECT_TRUE(absl::IsResourceExhausted(server_.Enter(kNow).status()));
  const absl::Status full = server_.Enter(kNow, /*priority_user=*/true).status();
  EXPECT_TRUE(absl::IsResourceExhausted(full));
  EXPECT_TRUE(protocol::PushbackOf(full).has_value());
  EXPECT_NE(metrics_.Text().find("mcmig_peer_server_emergency_total{entry=\"entry\",target_system=\"north\"} 1"),
            std::string::npos)
      << metrics_.Text();
  // Room in the share is none for others, and the other way round.
  urgent.clear();
  EXPECT_TRUE(absl::IsResourceExhausted(server_.Enter(kNow).status()));
  urgent.push_back(*server_.Enter(kNow, /*priority_user=*/true));
  ordinary.pop_back();
  EXPECT_TRUE(server_.Enter(kNow).ok());
  ordinary.clear();
  urgent.clear();
  EXPECT_EQ(server_.Look().in_flight, 0U);
}

TEST_F(PeerServerTest, APriorityUserTakesOrdinaryRoomWhereThereIsSome) {
  const auto first = server_.Enter(kNow, /*priority_user=*/true);
  const auto second = server_.Enter(kNow, /*priority_user=*/true);
  EXPECT_TRUE(absl::IsResourceExhausted(server_.Enter(kNow).status()));
  EXPECT_TRUE(server_.Enter(kNow, /*priority_user=*/true).ok());
}

TEST_F(PeerServerTest, WhoDoesNotAnswerIsNotAskedForPriorityUsersEither) {
  for (int i = 0; i < 3; ++i) Call(absl::StatusCode::kUnavailable);
  EXPECT_TRUE(absl::IsUnavailable(server_.Enter(kNow, /*priority_user=*/true).status()));
  EXPECT_EQ(server_.Look().in_flight, 0U);
}

// How many calls may be at work, and how many may begin at once.
std::pair<size_t, size_t> SizeOf(Budget budget) {
  Budget begun_and_gone = budget;
  size_t at_once = 0;
  while (at_once < 1000 && !budget.Enter(kNow).has_value()) ++at_once;
  size_t begun = 0;
  for (; begun < 1000 && !begun_and_gone.Enter(kNow).has_value(); ++begun) begun_and_gone.Leave();
  return {at_once, begun};
}

TEST(IncomingRoomTest, AbsentMeansTheDefaults) {
  using Size = std::pair<size_t, size_t>;
  EXPECT_EQ(SizeOf(IncomingRoom({}).ordinary), Size(256, 1000));
  EXPECT_EQ(SizeOf(IncomingRoom({}).emergency), Size(16, 200));
  config::v1::PeerLimits limits;
  limits.set_max_incoming(7);
  limits.set_incoming_per_second(9);
  limits.set_max_emergency_in_flight(3);
  limits.set_emergency_per_second(5);
  EXPECT_EQ(SizeOf(IncomingRoom(limits).ordinary), Size(7, 9));
  EXPECT_EQ(SizeOf(IncomingRoom(limits).emergency), Size(3, 5));
}

}  // namespace
}  // namespace mcmig::bulkhead
