#include "common/bulkhead/peer_server.h"

#include <string>
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

TEST(IncomingLimitsTest, AbsentMeansTheDefaults) {
  EXPECT_EQ(IncomingLimits({}).max_in_flight, 256U);
  EXPECT_EQ(IncomingLimits({}).per_second, 0);
  config::v1::PeerLimits limits;
  limits.set_max_incoming(7);
  limits.set_incoming_per_second(9);
  EXPECT_EQ(IncomingLimits(limits).max_in_flight, 7U);
  EXPECT_EQ(IncomingLimits(limits).per_second, 9);
}

}  // namespace
}  // namespace mcmig::bulkhead
