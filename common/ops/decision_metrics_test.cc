#include "common/ops/decision_metrics.h"

#include <deque>
#include <string>

#include "absl/strings/str_cat.h"
#include "common/ops/recorded_decisions.h"
#include "common/ops/testing/exposition.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace mcmig::ops {
namespace {

using protocol::Cause;
using ::testing::HasSubstr;
using ::testing::Not;

class DecisionMetricsTest : public ::testing::Test {
 protected:
  void Record(const protocol::Decision& decision, const absl::Status& status = absl::OkStatus()) {
    log_.Record({.role = "primary_server",
                 .request_id = "000102030405060708090a0b0c0d0e0f",
                 .trace_id = "4bf92f3577b34da6a3ce929d0e0e4736",
                 .peer_system = "north",
                 .steps = "6,7",
                 .decision = decision,
                 .status = status,
                 .received = absl::UnixEpoch(),
                 .elapsed = absl::Milliseconds(1),
                 .next_hop = absl::ZeroDuration()});
  }
  [[nodiscard]] std::optional<double> Count(const Labels& labels) const {
    return testing::ParseExposition(metrics_.Text()).Sum("mcmig_decisions_total", labels);
  }

  Metrics metrics_;
  RecordedDecisions next_;
  DecisionMetrics log_{metrics_, next_};
};

TEST_F(DecisionMetricsTest, CountsByRoleOutcomeCauseAndRule) {
  Record({.cause = Cause::kNone, .rule = "step7.recorded"});
  Record({.cause = Cause::kNone, .rule = "step7.recorded"});
  Record({.cause = Cause::kUserUnknown, .rule = "step6.user_known"});
  const Labels success = {
      {"role", "primary_server"}, {"outcome", "success"}, {"cause", "NONE"}, {"rule", "step7.recorded"}};
  EXPECT_EQ(Count(success), 2);
  EXPECT_EQ(Count({{"outcome", "refused"}, {"cause", "USER_UNKNOWN"}, {"rule", "step6.user_known"}}), 1);
  EXPECT_EQ(Count({}), 3);
}

TEST_F(DecisionMetricsTest, AnErrorHasNoCauseAndARuleWhereOneFailedAndItsTextIsNowhere) {
  Record({.cause = Cause::kNone}, absl::UnavailableError("sip:alice@primary.example"));
  Record({.cause = Cause::kNone, .rule = "grant.valid"}, absl::UnavailableError("sip:alice@primary.example"));
  EXPECT_EQ(Count({{"outcome", "error"}, {"cause", ""}, {"rule", ""}}), 1);
  EXPECT_EQ(Count({{"outcome", "error"}, {"cause", ""}, {"rule", "grant.valid"}}), 1);
  EXPECT_EQ(Count({{"outcome", "success"}}), std::nullopt);
  EXPECT_THAT(metrics_.Text(), Not(HasSubstr("alice")));
}

TEST_F(DecisionMetricsTest, PassesEveryEntryOn) {
  Record({.cause = Cause::kUserUnknown, .rule = "step6.user_known"});
  ASSERT_EQ(next_.entries().size(), 1U);
  EXPECT_EQ(next_.entries()[0].request_id, "000102030405060708090a0b0c0d0e0f");
}

TEST_F(DecisionMetricsTest, TheNumberOfSeriesIsBounded) {
  std::deque<std::string> rules;
  for (size_t i = 0; i < DecisionMetrics::kMaxSeries + 10; ++i) {
    rules.push_back(absl::StrCat("rule", i));
    Record({.cause = Cause::kUserUnknown, .rule = rules.back().c_str()});
  }
  EXPECT_EQ(Count({{"rule", "other"}}), 10);
  EXPECT_EQ(Count({}), DecisionMetrics::kMaxSeries + 10);
  EXPECT_EQ(testing::ParseExposition(metrics_.Text()).samples.size(), DecisionMetrics::kMaxSeries + 1);
}

}  // namespace
}  // namespace mcmig::ops
