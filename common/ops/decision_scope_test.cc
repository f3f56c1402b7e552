#include "common/ops/decision_scope.h"

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "common/async/manual_executor.h"
#include "common/protocol/call_note.h"
#include "gtest/gtest.h"

namespace mcmig::ops {
namespace {

class ListLog final : public DecisionLog {
 public:
  void Record(const DecisionEntry& entry) override { entries.push_back(entry); }
  std::vector<DecisionEntry> entries;
};

class DecisionScopeTest : public ::testing::Test {
 protected:
  DecisionScopeTest() {
    call_.peer.system = "south";
    call_.trace_id = std::string(32, 'a');
  }

  ListLog log_;
  async::ManualExecutor clock_;
  protocol::Call call_;
  DecisionSource source_ = {&log_, &clock_, "primary_gateway", "5,8"};
};

TEST_F(DecisionScopeTest, OneEntryIsWrittenWhenTheCallEnds) {
  {
    DecisionScope scope(source_, call_);
    scope.Names(*protocol::RequestId::Of(std::string(16, 1)));
    clock_.AdvanceBy(absl::Milliseconds(1));
    scope.BeginNextHop();
    clock_.AdvanceBy(absl::Milliseconds(2));
    scope.EndNextHop();
    scope.BeginNextHop();
    clock_.AdvanceBy(absl::Milliseconds(4));
    scope.EndNextHop();
    scope.Ends(protocol::Decision{protocol::Cause::kUserUnknown, "step6.user_known", std::nullopt});
    EXPECT_TRUE(log_.entries.empty());
  }
  ASSERT_EQ(log_.entries.size(), 1U);
  const DecisionEntry& entry = log_.entries[0];
  EXPECT_STREQ(entry.role, "primary_gateway");
  EXPECT_EQ(entry.request_id, "01010101010101010101010101010101");
  EXPECT_EQ(entry.peer_system, "south");
  EXPECT_EQ(entry.decision.cause, protocol::Cause::kUserUnknown);
  EXPECT_TRUE(entry.status.ok());
  EXPECT_EQ(entry.next_hop, absl::Milliseconds(6));
  EXPECT_EQ(entry.elapsed, absl::Milliseconds(7));
}

TEST_F(DecisionScopeTest, TheCallsNoteSaysTheSame) {
  protocol::CallNote note;
  call_.note = &note;
  {
    DecisionScope scope(source_, call_);
    scope.Names(*protocol::RequestId::Of(std::string(16, 1)));
    scope.Ends(protocol::Decision{protocol::Cause::kUserUnknown, "step6.user_known", std::nullopt});
    EXPECT_STREQ(note.role, "");
  }
  EXPECT_STREQ(note.role, "primary_gateway");
  EXPECT_EQ(note.request_id, "01010101010101010101010101010101");
  EXPECT_EQ(note.decision.cause, protocol::Cause::kUserUnknown);
  EXPECT_STREQ(note.decision.rule, "step6.user_known");
  EXPECT_TRUE(note.status.ok());
}

TEST_F(DecisionScopeTest, ACallThatIsDroppedNeverLooksDecided) {
  {
    DecisionScope scope(source_, call_);
  }
  ASSERT_EQ(log_.entries.size(), 1U);
  EXPECT_EQ(log_.entries[0].status.code(), absl::StatusCode::kCancelled);
}

TEST_F(DecisionScopeTest, AStatusNamesTheRuleThatFailed) {
  {
    DecisionScope scope(source_, call_);
    scope.FailsBy("grant.valid");
    scope.Ends(absl::UnavailableError("outcome unknown"));
  }
  ASSERT_EQ(log_.entries.size(), 1U);
  EXPECT_STREQ(log_.entries[0].decision.rule, "grant.valid");
}

TEST_F(DecisionScopeTest, AStatusLeavesNoDecision) {
  {
    DecisionScope scope(source_, call_);
    scope.Ends(protocol::Decision{protocol::Cause::kNone, "step7", protocol::Epoch{1, 1}});
    scope.Ends(absl::UnavailableError("write failed"));
  }
  ASSERT_EQ(log_.entries.size(), 1U);
  EXPECT_EQ(log_.entries[0].status.code(), absl::StatusCode::kUnavailable);
  EXPECT_FALSE(log_.entries[0].decision.epoch.has_value());
}

}  // namespace
}  // namespace mcmig::ops
